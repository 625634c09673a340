// Builds the solution, or one project of it, in Release.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, run, runWithRetries } from './processes.mjs';
import { setUp } from './setup.mjs';

/** Where the contract says that the executable lies. */
export const executable = path.join(
  root, 'src', 'Agent.Ide.Cli', 'bin', 'Release', 'net10.0', process.platform === 'win32' ? 'agent-ide.exe' : 'agent-ide');

/** Returns whether it succeeded; errors were shown then. With `quiet`, only they are. */
export async function build(target, { quiet = false } = {}) {
  // Apart from the build, because it alone can fail for a network's sake.
  const restored = await runWithRetries('dotnet', ['restore', target, '-p:Configuration=Release', '-v', 'quiet']);
  if (restored.code !== 0) {
    console.error(restored.output);
    return false;
  }
  const built = await run('dotnet', ['build', target, '-c', 'Release', '--no-restore', '-v', quiet ? 'quiet' : 'minimal'], { show: !quiet });
  if (built.code !== 0 && quiet) console.error(built.output);
  return built.code === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = !(await setUp()) ? 6 : (await build('Agent.Ide.sln')) ? 0 : 1;
}
