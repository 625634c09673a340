import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { load } from './bundle.mjs';

const { ServerProcess } = await load('infrastructure/serverProcess.ts');

/** Starts a server that is a shell script. */
async function started(context, script) {
  const folder = mkdtempSync(path.join(tmpdir(), 'agent-ide-server-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const program = path.join(folder, 'server');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return ServerProcess.start({ program, folder });
}

test('the server that was started ahead is the first one to talk to, and each further one is new', { skip: process.platform === 'win32' }, async context => {
  const server = await started(context, 'exec cat');
  const first = await server.next();
  first.stdin.write('hello');
  assert.equal(String((await once(first.stdout, 'data'))[0]), 'hello');
  first.kill();
  await once(first, 'exit');
  const second = await server.next();
  assert.notEqual(second.pid, first.pid);
  server.leave();
  assert.deepEqual(await once(second, 'exit'), [0, null]);
});

test('a server that ended before anybody talked to it is said to have', { skip: process.platform === 'win32', timeout: 60_000 }, async context => {
  // How long a process takes to end is nobody's to know, so each try gives it twice the time.
  for (let milliseconds = 10; ; milliseconds *= 2) {
    const server = await started(context, 'exit 3');
    await setTimeout(milliseconds);
    const error = await server.next().then(() => undefined, reason => reason);
    if (error === undefined) continue;
    assert.match(error.message, /ended with 3/);
    return;
  }
});

test('a program that cannot be run is an error, and not one that nobody handles', async () => {
  await assert.rejects(ServerProcess.start({ program: '/nowhere/agent-ide', folder: tmpdir() }), /ENOENT/);
});
