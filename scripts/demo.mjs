// npm run demo: builds agent-ide and runs its demo on this terminal.

import { build, executable } from './build.mjs';
import { runAttached } from './processes.mjs';
import { setUp } from './setup.mjs';

if (!(await setUp({ withNodeModules: false }))) {
  process.exitCode = 6;
} else {
  console.log('Building agent-ide (about a minute the first time) …');
  process.exitCode = (await build('src/Agent.Ide.Cli', { quiet: true }))
    ? await runAttached(executable, ['demo', ...process.argv.slice(2)])
    : 1;
}
