// The editor extension's own build: its packages, its types, its bundles.

import path from 'node:path';
import { root, run } from './processes.mjs';
import { installNodeModules } from './setup.mjs';

export const extension = path.join(root, 'extension-vscode');

const steps = [['node_modules/typescript/bin/tsc', '-p', '.'], ['node_modules/typescript/bin/tsc', '-p', 'src/webviews'], ['esbuild.mjs']];

/** Leaves the bundles in `dist`. Returns what went wrong; null when nothing did. */
export async function buildExtension() {
  if (!(await installNodeModules(extension))) return 'npm ci failed';
  for (const step of steps) {
    const { code, output } = await run(process.execPath, step, { cwd: extension, timeoutMs: 5 * 60_000 });
    if (code !== 0) return output;
  }
  return null;
}
