// A repository of its own with a user, a model server and the built executable: where the editors of these tests work.

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { patience } from '../shared/patience.mjs';
import { startModel } from '../vscode/model.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The executable that a Release build of the checkout leaves. */
export const program = path.join(root, 'src/Agent.Ide.Cli/bin/Release/net10.0', process.platform === 'win32' ? 'agent-ide.exe' : 'agent-ide');

export { patience };

export const finish = summary => ({ calls: [{ name: 'finish', arguments: { summary } }] });
export const read = file => ({ calls: [{ name: 'read_file', arguments: { path: file } }] });
export const write = (file, content) => ({ calls: [{ name: 'write_file', arguments: { path: file, content } }] });
export const edit = (file, from, to) => ({ calls: [{ name: 'edit_file', arguments: { path: file, old_text: from, new_text: to } }] });

/** Why nothing of this suite can run here; false when it can. */
export function reasonToSkip(editor) {
  if (!existsSync(program)) return 'the executable is not built: npm run build';
  if (editor !== undefined && spawnSync(editor, ['--version']).status !== 0) return `${editor} is not installed`;
  return false;
}

/** `files` are committed in each of the `repositories`; the first of them is `repository`. */
export async function makeWorkplace({ script, files, repositories = ['repository'], configuration }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'agent-ide-editors-'));
  for (const each of ['home/.config/agent-ide', 'runtime', 'tmp']) mkdirSync(path.join(folder, each), { recursive: true, mode: 0o700 });
  if (configuration !== undefined) writeFileSync(path.join(folder, 'home/.config/agent-ide/config.yaml'), configuration);
  const model = await startModel(script);
  const environment = {
    PATH: `${path.dirname(program)}${path.delimiter}${process.env.PATH}`, LANG: 'C.UTF-8', HOME: path.join(folder, 'home'),
    XDG_CONFIG_HOME: path.join(folder, 'home/.config'), XDG_DATA_HOME: path.join(folder, 'home/.local/share'), XDG_CACHE_HOME: path.join(folder, 'home/.cache'),
    XDG_RUNTIME_DIR: path.join(folder, 'runtime'), TMPDIR: path.join(folder, 'tmp'), AGENT_IDE_INFERENCE__PROVIDER: 'openai', AGENT_IDE_INFERENCE__BASE_URL: model.url,
    ...(process.env.DOTNET_ROOT ? { DOTNET_ROOT: process.env.DOTNET_ROOT } : {}),
  };
  const made = repositories.map(name => makeRepository(path.join(folder, name), files, environment));
  const run = promisify(execFile);
  return {
    folder, model, environment, repository: made[0], repositories: made,
    git: (...words) => execFileSync('git', words, { cwd: made[0], env: environment, encoding: 'utf8' }).trim(),
    read: file => readFileSync(path.join(made[0], file), 'utf8'),
    write: (file, text) => writeFileSync(path.join(made[0], file), text),
    /** The command line: the document it printed, the last one of those that stream. */
    cli: async (...words) => JSON.parse((await run(program, [...words, '--json'], { cwd: made[0], env: environment, timeout: patience })).stdout.trimEnd().split('\n').at(-1)),
    /** Process of the coordinator that serves a repository. */
    coordinatorOf: (repository = made[0]) => JSON.parse(readFileSync(path.join(repository, '.git/agent-ide/coordinator.json'), 'utf8')).pid,
    async close() {
      for (const repository of made) {
        if (existsSync(path.join(repository, '.git/agent-ide'))) await run(program, ['coordinator', 'stop'], { cwd: repository, env: environment, timeout: patience });
      }

      await model.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

function makeRepository(repository, files, env) {
  mkdirSync(repository);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(repository, file)), { recursive: true });
    writeFileSync(path.join(repository, file), text);
  }

  const git = (...words) => execFileSync('git', words, { cwd: repository, env });
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Tess Ter');
  git('config', 'user.email', 'tess@example.com');
  git('add', '--all');
  git('commit', '--quiet', '--message=first');
  return repository;
}
