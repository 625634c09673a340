// npm run bench: builds agent-ide and the benchmarks, and runs them; arguments after -- go to them.

import path from 'node:path';
import { build } from './build.mjs';
import { buildExtension } from './extension.mjs';
import { makePackage } from './package.mjs';
import { root, runAttached } from './processes.mjs';
import { installNodeModules, setUp } from './setup.mjs';
import { ensureHost } from './vscode-host.mjs';

const benchmarks = path.join(root, 'tests', 'Agent.Ide.Benchmarks', 'bin', 'Release', 'net10.0', 'Agent.Ide.Benchmarks.dll');

/** Why the workbench cannot be measured here; null when it can. */
async function prepareWorkbench() {
  const absent = await ensureHost();
  if (absent !== null) return absent;
  return (await installNodeModules(path.join(root, 'tests', 'vscode'))) ? await makePackage('linux-x64') : 'npm ci failed in tests/vscode';
}

const sections = process.argv.slice(2).filter((argument, index, all) => !argument.startsWith('--') && all[index - 1] !== '--write');

if (!(await setUp({ withNodeModules: false }))) {
  process.exitCode = 6;
} else {
  console.log('Building …');
  const built = (await build('src/Agent.Ide.Cli', { quiet: true })) && (await build('tests/Agent.Ide.Benchmarks', { quiet: true }));
  const unbundled = await buildExtension();
  if (unbundled !== null) console.error(`The editor extension could not be bundled, so its size is not measured: ${unbundled}`);
  if (unbundled === null && (sections.length === 0 || sections.includes('vscode'))) {
    const reason = await prepareWorkbench();
    if (reason !== null) process.env.AGENT_IDE_NO_WORKBENCH = reason.split('\n', 1)[0];
  }

  process.exitCode = built ? await runAttached('dotnet', [benchmarks, ...process.argv.slice(2)]) : 1;
}
