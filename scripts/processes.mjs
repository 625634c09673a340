// Running programs: the one place that the other scripts start processes from.

import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Build servers that outlive a build would hold our pipes and, on small machines, memory that the tests need. */
const quietDotnet = {
  DOTNET_NOLOGO: '1',
  DOTNET_CLI_TELEMETRY_OPTOUT: '1',
  DOTNET_SKIP_FIRST_TIME_EXPERIENCE: '1',
  MSBUILDDISABLENODEREUSE: '1',
};

/**
 * Runs a program to its end and returns { code, output }; code is null when it did not exist or was killed.
 * With `show`, its output appears as it comes. Without stdin, so that nothing can wait for a person. Waits for the
 * program itself and not for what it leaves behind, which may keep the pipes open.
 */
export function run(program, args, { show = false, timeoutMs = 0, env = {}, cwd = root } = {}) {
  return new Promise(resolve => {
    const chunks = [];
    const group = process.platform !== 'win32';
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...quietDotnet, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: group,
    });
    let timedOut = false;
    const kill = () => {
      try {
        group ? process.kill(-child.pid, 'SIGKILL') : child.kill('SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    };
    const interrupt = signal => {
      kill();
      process.off(signal, interrupt);
      process.kill(process.pid, signal);
    };
    const timer = timeoutMs > 0 ? setTimeout(() => { timedOut = true; kill(); }, timeoutMs) : undefined;
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt);

    const end = (code, note) => {
      clearTimeout(timer);
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, interrupt);
      // What was written before the end is in the pipe already; give it one turn to arrive.
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve({ code, output: Buffer.concat(chunks).toString('utf8') + note });
      }, 50);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', chunk => {
        chunks.push(chunk);
        if (show) process.stdout.write(chunk);
      });
    }
    child.on('error', error => end(null, `${program}: ${error.message}\n`));
    child.on('exit', code => end(timedOut ? null : code, timedOut ? `${program}: stopped after ${timeoutMs / 1000} s\n` : ''));
  });
}

/** Runs a program on our own terminal, whose Ctrl-C reaches it directly, and returns its exit code. */
export function runAttached(program, args) {
  return new Promise(resolve => {
    const ignore = () => {};
    process.on('SIGINT', ignore);
    const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
    child.on('error', error => {
      console.error(`${program}: ${error.message}`);
      resolve(6);
    });
    child.on('exit', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** First line of a program's output, or null when it is not there or fails. */
export function versionOf(program, args = ['--version']) {
  const result = spawnSync(program, args, { cwd: root, encoding: 'utf8', env: { ...process.env, ...quietDotnet } });
  return result.status === 0 ? result.stdout.split('\n', 1)[0].trim() : null;
}

/** Tries again what may fail because of a network, after 2, then 6 seconds. Returns the last result. */
export async function runWithRetries(program, args, options) {
  let result;
  for (const pause of [0, 2000, 6000]) {
    await new Promise(resolve => setTimeout(resolve, pause));
    result = await run(program, args, options);
    if (result.code === 0) break;
  }
  return result;
}
