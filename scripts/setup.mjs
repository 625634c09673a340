// Makes a fresh machine ready: checks what has to be there, installs what it can, says what is missing.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, run, runWithRetries, versionOf } from './processes.mjs';

const minute = 60_000;

/** System packages that this program uses where they are, each with what its absence means. */
const systemPackages = [
  {
    name: 'bubblewrap',
    works: () => versionOf('bwrap', ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '/bin/true']) !== null,
    present: () => versionOf('bwrap') !== null,
    platforms: ['linux'],
    without: 'commands of agents need an approval each; tests of the sandbox are skipped',
  },
  {
    name: 'ripgrep',
    works: () => versionOf('rg') !== null,
    present: () => versionOf('rg') !== null,
    platforms: ['linux', 'darwin', 'win32'],
    without: 'searches use the slower one built in; tests that compare the two are skipped',
  },
];

/** Editors that the tests run for real. */
const testedEditors = [
  {
    name: 'neovim',
    works: () => versionOf('nvim') !== null,
    present: () => versionOf('nvim') !== null,
    platforms: ['linux'],
    without: 'the tests with Neovim are skipped',
  },
  {
    name: 'emacs-nox',
    works: () => versionOf('emacs') !== null,
    present: () => versionOf('emacs') !== null,
    platforms: ['linux'],
    without: 'the tests with Emacs are skipped',
  },
  {
    // Part of Emacs from 29 on.
    name: 'elpa-eglot',
    works: hasEglot,
    present: hasEglot,
    platforms: ['linux'],
    without: 'the tests with Emacs are skipped',
  },
];

/** Returns false after saying what is missing that nothing works without. */
export async function setUp({ withNodeModules = true, withEditors = false } = {}) {
  if (!checkRequirements()) return false;
  await installSystemPackages([...systemPackages, ...(withEditors ? testedEditors : [])]);
  return !withNodeModules || (await installNodeModules());
}

function checkRequirements() {
  const problems = [];
  if (Number(process.versions.node.split('.')[0]) < 20) {
    problems.push(`Node.js ${process.versions.node} is too old; install version 20 or newer (https://nodejs.org).`);
  }
  const dotnet = versionOf('dotnet');
  if (dotnet === null || !dotnet.startsWith('10.')) {
    problems.push('The .NET SDK 10 is missing (dotnet --version fails here or says otherwise); install it from https://dot.net.');
  }
  const git = /(\d+)\.(\d+)/.exec(versionOf('git') ?? '');
  if (git === null || Number(git[1]) < 2 || (Number(git[1]) === 2 && Number(git[2]) < 38)) {
    problems.push('git 2.38 or newer is missing; install it from https://git-scm.com.');
  }
  for (const problem of problems) console.error(problem);
  return problems.length === 0;
}

function hasEglot() {
  return versionOf('emacs', ['--batch', '--eval', "(progn (package-initialize) (require 'eglot))"]) !== null;
}

async function installSystemPackages(packages) {
  const wanted = packages.filter(each => each.platforms.includes(process.platform));
  const absent = wanted.filter(each => !each.present());
  if (absent.length > 0 && canInstallSystemPackages()) {
    await aptInstall(absent.map(each => each.name));
  }
  for (const each of wanted) {
    if (!each.present()) {
      console.log(`Missing: ${each.name} (${hintFor(each.name)}). Without it ${each.without}.`);
    } else if (!each.works()) {
      console.log(`${each.name} is installed but does not work here (no user namespaces?). Without it ${each.without}.`);
    }
  }
}

/** Whether {@link aptInstall} may be tried. */
export const canInstallSystemPackages = () => existsSync('/etc/debian_version') && process.getuid?.() === 0;

/** Package lists may be there already, and a mirror may hang: install first, update only when that fails, never wait long. */
export async function aptInstall(names) {
  console.log(`Installing ${names.join(', ')} …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const bounded = ['-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::https::Timeout=20', '-o', 'DPkg::Lock::Timeout=60'];
  const install = () => run('apt-get', [...bounded, 'install', '--yes', '--no-install-recommends', ...names], { env, timeoutMs: 3 * minute });
  let result = await install();
  if (result.code !== 0) {
    const update = await runWithRetries('apt-get', [...bounded, 'update'], { env, timeoutMs: minute });
    if (update.code !== 0) console.log(`apt-get update did not succeed: ${lastLine(update.output)}`);
    result = await install();
  }
  if (result.code !== 0) console.log(`apt-get install did not succeed: ${lastLine(result.output)}`);
}

function hintFor(name) {
  if (process.platform === 'darwin') return `brew install ${name}`;
  if (process.platform === 'win32') return `winget install ${name}`;
  return existsSync('/etc/debian_version') ? `apt-get install ${name}` : `install the package ${name}`;
}

/** Installs what a folder's package-lock.json names, where that is not there yet. */
export async function installNodeModules(folder = root) {
  if (!nodeModulesAreStale(folder)) return true;
  console.log(`Installing packages from ${path.relative(root, path.join(folder, 'package-lock.json'))} …`);
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
  const result = await runWithRetries(npm[0], [...npm.slice(1), 'ci', '--no-audit', '--no-fund'], { cwd: folder, timeoutMs: 5 * minute });
  if (result.code !== 0) console.error(`npm ci failed:\n${result.output}`);
  return result.code === 0;
}

/** Whether what npm noted in node_modules differs from package-lock.json. */
function nodeModulesAreStale(folder) {
  const wanted = readLock(path.join(folder, 'package-lock.json'));
  if (wanted === null) return false;
  const installed = readLock(path.join(folder, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).some(
    ([name, entry]) => name !== '' && !entry.optional && (installed === null || installed[name]?.version !== entry.version));
}

function readLock(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : null;
}

const lastLine = text => text.trimEnd().split('\n').at(-1);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = (await setUp()) ? 0 : 6;
}
