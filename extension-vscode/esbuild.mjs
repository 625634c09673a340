// Bundles the extension host's part and the panel's part. `--watch` keeps going; `--metafile` tells what the bytes are.

import { context } from 'esbuild';

const watch = process.argv.includes('--watch');
const common = { bundle: true, minify: !watch, sourcemap: watch ? 'inline' : false, legalComments: 'none', logLevel: 'warning' };

const builds = await Promise.all([
  context({ ...common, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'] }),
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
