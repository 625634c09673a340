// npm run bench: builds agent-ide and the benchmarks, and runs them; arguments after -- go to them.

import path from 'node:path';
import { build } from './build.mjs';
import { buildExtension } from './extension.mjs';
import { root, runAttached } from './processes.mjs';
import { setUp } from './setup.mjs';

const benchmarks = path.join(root, 'tests', 'Agent.Ide.Benchmarks', 'bin', 'Release', 'net10.0', 'Agent.Ide.Benchmarks.dll');

if (!(await setUp({ withNodeModules: false }))) {
  process.exitCode = 6;
} else {
  console.log('Building …');
  const built = (await build('src/Agent.Ide.Cli', { quiet: true })) && (await build('tests/Agent.Ide.Benchmarks', { quiet: true }));
  const unbundled = await buildExtension();
  if (unbundled !== null) console.error(`The editor extension could not be bundled, so its size is not measured: ${unbundled}`);
  process.exitCode = built ? await runAttached('dotnet', [benchmarks, ...process.argv.slice(2)]) : 1;
}
