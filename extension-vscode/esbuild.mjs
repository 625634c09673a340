// Bundles the extension host's part, the library that it loads once it is active, and the panel's part. `--watch` keeps going.

import { context } from 'esbuild';

const watch = process.argv.includes('--watch');
const common = { bundle: true, minify: !watch, sourcemap: watch ? 'inline' : false, legalComments: 'none', logLevel: 'warning' };

/** Its own file: all that is in a file is read and compiled before the first line of it runs. */
const library = {
  name: 'library',
  setup: ({ onResolve }) => onResolve({ filter: /^vscode-languageclient\/node$/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: './languageClient.js', external: true } : undefined)),
};
/** The library gives what it exports to `require` alone. */
const inHost = { ...common, outdir: 'dist', platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'], supported: { 'dynamic-import': false } };

const builds = await Promise.all([
  context({ ...inHost, entryPoints: ['src/extension.ts'], plugins: [library] }),
  context({ ...inHost, entryPoints: [{ in: 'vscode-languageclient/node', out: 'languageClient' }] }),
  context({ ...common, entryPoints: ['src/webviews/tasks/main.ts'], outfile: 'dist/tasks.js', platform: 'browser', format: 'esm', target: 'es2022' }),
  context({ ...common, entryPoints: ['src/webviews/tasks/tasks.css'], outfile: 'dist/tasks.css' }),
]);
for (const build of builds) {
  if (watch) await build.watch();
  else {
    await build.rebuild();
    await build.dispose();
  }
}
