// npm run package [-- PLATFORM …]: makes artifacts/agent-ide-<version>-<platform>.vsix, the editor extension with the server and
// its .NET runtime inside, so that a user needs neither the SDK nor a path. Without arguments: for every platform.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildExtension, extension } from './extension.mjs';
import { root, run, runWithRetries } from './processes.mjs';
import { installNodeModules, setUp } from './setup.mjs';

/** As the editor names its platforms; .NET's names for them are the same. */
export const platforms = ['linux-x64', 'win-x64'];

/** The editor calls Windows otherwise than .NET does. */
const editorNames = { 'win-x64': 'win32-x64' };

const packaging = path.join(root, 'scripts', 'packaging');
const { version } = JSON.parse(readFileSync(path.join(extension, 'package.json'), 'utf8'));
const minute = 60_000;

/** Where the contract says that a platform's package lies. */
export const packageOf = platform => path.join(root, 'artifacts', `agent-ide-${version}-${platform}.vsix`);

/** Makes one platform's package from bundles that {@link buildExtension} left. Returns what went wrong; null when nothing did. */
export async function makePackage(platform) {
  if (!(await installNodeModules(packaging))) return 'npm ci failed in scripts/packaging';
  const stage = path.join(root, 'artifacts', 'package', platform);
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  for (const each of ['package.json', 'README.md', '.vscodeignore', 'dist', 'media']) cpSync(path.join(extension, each), path.join(stage, each), { recursive: true });
  cpSync(path.join(root, 'LICENSE'), path.join(stage, 'LICENSE'));

  const wrong = await publishServer(platform, path.join(stage, 'server'));
  if (wrong !== null) return wrong;
  // Read by the extension, which can then say that a package is for another machine instead of failing to start a program.
  writeFileSync(path.join(stage, 'server', 'platform'), `${platform}\n`);

  const made = packageOf(platform);
  rmSync(made, { force: true });
  const { code, output } = await run(
    process.execPath,
    [
      path.join(packaging, 'node_modules', '@vscode', 'vsce', 'vsce'), 'package', '--target', editorNames[platform] ?? platform, '--out', made,
      '--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository',
    ],
    { cwd: stage, timeoutMs: 5 * minute });
  return code === 0 && existsSync(made) ? null : output;
}

async function publishServer(platform, folder) {
  const project = path.join('src', 'Agent.Ide.Cli');
  // Apart from the publishing, because it alone can fail for a network's sake.
  const restored = await runWithRetries(
    'dotnet', ['restore', project, '-r', platform, '-p:Configuration=Release', '-p:SelfContained=true', '-v', 'quiet'], { timeoutMs: 10 * minute });
  if (restored.code !== 0) return `The runtime for ${platform} could not be fetched:\n${restored.output}`;
  const published = await run(
    'dotnet', ['publish', project, '-c', 'Release', '-r', platform, '--self-contained', '--no-restore', '-o', folder, '-v', 'quiet'],
    { timeoutMs: 10 * minute });
  if (published.code !== 0) return published.output;
  for (const name of readdirSync(folder)) if (name.endsWith('.pdb')) rmSync(path.join(folder, name));
  return null;
}

async function main(wanted) {
  const unknown = wanted.filter(each => !platforms.includes(each));
  if (unknown.length > 0) {
    console.error(`There is no package for ${unknown.join(', ')}; there is one for ${platforms.join(' and ')}.`);
    return 2;
  }

  if (!(await setUp({ withNodeModules: false }))) return 6;
  console.log('Bundling the extension …');
  const unbuilt = await buildExtension();
  if (unbuilt !== null) {
    console.error(unbuilt);
    return 1;
  }

  for (const platform of wanted.length > 0 ? wanted : platforms) {
    console.log(`Packaging for ${platform} (a minute or two the first time) …`);
    const wrong = await makePackage(platform);
    if (wrong !== null) {
      console.error(wrong);
      return 1;
    }

    const megabytes = (statSync(packageOf(platform)).size / 1_000_000).toFixed(1);
    console.log(`${path.relative(root, packageOf(platform))}: ${megabytes} MB`);
  }

  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
