// Installs a real VS Code workbench that runs headless, for tests/vscode: code-server from npm holds all of it, Chromium from the
// distribution shows it, playwright-core drives it. Some 450 MB, so `npm test` does not do it by itself.

import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, run, versionOf } from './processes.mjs';

const versions = { 'code-server': '4.100.3', 'playwright-core': '1.65.1', 'axe-core': '4.14.1' };
const folder = process.env.AGENT_IDE_VSCODE_HOST ?? path.join(root, 'artifacts', 'vscode-host');
const host = path.join(folder, 'host');
const editor = path.join(host, 'node_modules', 'code-server', 'lib', 'vscode');

process.exitCode = (await install()) ? 0 : 1;

async function install() {
  if (process.platform !== 'linux' || Number(process.versions.node.split('.')[0]) !== 20) {
    console.error('This version of the editor runs here on Linux with Node.js 20 only.');
    return false;
  }

  const headers = path.resolve(path.dirname(process.execPath), '..');
  if (!existsSync(path.join(headers, 'include', 'node', 'node_api.h'))) {
    console.error(`The headers of Node.js are not in ${headers}/include/node; a module of the editor is compiled with them.`);
    return false;
  }

  if (!(await installSystemPackages())) return false;
  const env = { npm_config_nodedir: headers, npm_config_yes: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };
  const npm = (args, cwd) => step(`npm ${args.join(' ')}`, 'npm', args, { cwd, env });
  prepare(host);
  prepare(path.join(folder, 'tools'));

  // Install scripts would download from places that are not there; what has to be compiled is compiled by name.
  return (
    (await npm(['install', '--ignore-scripts', '--save-exact', `code-server@${versions['code-server']}`], host)) &&
    (await npm(['rebuild', 'argon2', '--build-from-source'], host)) &&
    (await npm(['install', '--ignore-scripts', '--omit=dev'], editor)) &&
    (await npm(['rebuild', '@vscode/spdlog', 'native-watchdog', 'node-pty'], editor)) &&
    linkSearch() &&
    (await npm(['install', '--ignore-scripts', '--omit=dev'], path.join(editor, 'extensions'))) &&
    (await npm(['install', '--omit=optional', '--save-exact', `playwright-core@${versions['playwright-core']}`, `axe-core@${versions['axe-core']}`], path.join(folder, 'tools')))
  );
}

async function installSystemPackages() {
  const missing = [['chromium', 'chromium'], ['g++', 'g++'], ['make', 'make'], ['rg', 'ripgrep'], ['python3', 'python3']].filter(([program]) => versionOf(program) === null).map(([, name]) => name);
  if (missing.length === 0) return true;
  return await step(`apt-get install ${missing.join(' ')}`, 'apt-get', ['install', '--yes', '--no-install-recommends', ...missing], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
}

function prepare(directory) {
  mkdirSync(directory, { recursive: true });
  const manifest = path.join(directory, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
}

/** The editor looks for its packages under a name of the packaged product, and for ripgrep in a package that would download it. */
function linkSearch() {
  const packages = path.join(editor, 'node_modules.asar');
  rmSync(packages, { force: true, recursive: true });
  symlinkSync('node_modules', packages);
  const bin = path.join(editor, 'node_modules', '@vscode', 'ripgrep', 'bin');
  mkdirSync(bin, { recursive: true });
  rmSync(path.join(bin, 'rg'), { force: true });
  symlinkSync('/usr/bin/rg', path.join(bin, 'rg'));
  return true;
}

async function step(title, program, args, options) {
  console.log(title);
  const { code, output } = await run(program, args, { ...options, timeoutMs: 10 * 60_000 });
  if (code !== 0) console.error(output);
  return code === 0;
}
