// npm test: sets up, builds, runs every test, and sums up. The very last line is "N passed, N failed, N skipped".

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { root, run } from './processes.mjs';
import { installNodeModules, setUp } from './setup.mjs';
import { combine, parseTap, parseTrx, summaryLine } from './test-results.mjs';

/** A suite that takes longer hangs. */
const suiteTimeoutMs = 15 * 60_000;

/** More at once would measure the machine instead of the program. */
const suitesAtOnce = 2;

const resultsFolder = path.join(root, 'artifacts', 'test-results');

/** Test projects, the longest first so that it does not run alone at the end. Arguments pick those whose names contain one. */
function testProjects(picks) {
  const longestFirst = ['Agent.Ide.EndToEnd.Tests', 'Agent.Ide.Hostile.Tests', 'Agent.Ide.Faults.Tests', 'Agent.Ide.Git.Tests', 'Agent.Ide.Coordinator.Tests'];
  const rank = name => (longestFirst.includes(name) ? longestFirst.indexOf(name) : longestFirst.length);
  return readdirSync(path.join(root, 'tests'))
    .filter(name => name.endsWith('.Tests') && (picks.length === 0 || picks.some(pick => name.includes(pick))))
    .sort((left, right) => rank(left) - rank(right) || left.localeCompare(right));
}

async function runAssembly(name) {
  const assembly = path.join(root, 'tests', name, 'bin', 'Release', 'net10.0', `${name}.dll`);
  const started = Date.now();
  const trx = path.join(resultsFolder, `${name}.trx`);
  const { code, output } = await run(
    'dotnet', ['test', assembly, '--logger', `trx;LogFileName=${name}.trx`, '--results-directory', resultsFolder], { timeoutMs: suiteTimeoutMs });
  const results = existsSync(trx) ? parseTrx(readFileSync(trx, 'utf8')) : { passed: 0, failed: [], skipped: [] };
  if (code !== 0 && results.failed.length === 0) {
    results.failed.push({ name, message: `the run ended with ${code ?? 'no'} exit code`, stack: output.split('\n').slice(-40).join('\n') });
  }
  report(name, results, started);
  return results;
}

/** A folder with packages of its own: installs them, checks the types, bundles, and runs what is fast. */
async function runExtensionTests() {
  const started = Date.now();
  const cwd = path.join(root, 'extension-vscode');
  const results = { passed: 0, failed: [], skipped: [] };
  const prepared = await prepareExtension(cwd);
  if (prepared !== null) {
    results.failed.push({ name: 'extension-vscode', message: 'its packages, types or bundles', stack: prepared });
  } else {
    Object.assign(results, await runTap(cwd, 'test'));
  }
  report('extension-vscode', results, started);
  return results;
}

/** Returns what went wrong; null when nothing did. */
async function prepareExtension(cwd) {
  if (!(await installNodeModules(cwd))) return 'npm ci failed';
  for (const command of [['node_modules/typescript/bin/tsc', '-p', '.'], ['node_modules/typescript/bin/tsc', '-p', 'src/webviews'], ['esbuild.mjs']]) {
    const { code, output } = await run(process.execPath, command, { cwd, timeoutMs: suiteTimeoutMs });
    if (code !== 0) return output;
  }
  return null;
}

/** The extension in a real editor. It is skipped where none was installed, by `node scripts/vscode-host.mjs`. */
async function runWorkbenchTests() {
  const started = Date.now();
  const results = await runTap(path.join(root, 'tests'), 'vscode');
  report('tests/vscode', results, started);
  return results;
}

async function runTap(cwd, folder) {
  const files = readdirSync(path.join(cwd, folder)).filter(name => name.endsWith('.test.mjs')).map(name => path.join(folder, name));
  const { code, output } = await run(process.execPath, ['--test', '--test-reporter=tap', ...files], { cwd, timeoutMs: suiteTimeoutMs });
  const results = parseTap(output);
  if (code !== 0 && results.failed.length === 0) results.failed.push({ name: folder, message: `ended with ${code}`, stack: output });
  return results;
}

async function runScriptTests() {
  const started = Date.now();
  // Named one by one: by itself node would also take this very file for a test.
  const files = readdirSync(path.join(root, 'scripts')).filter(name => name.endsWith('.test.mjs')).map(name => path.join('scripts', name));
  const { code, output } = await run(process.execPath, ['--test', '--test-reporter=tap', ...files], { timeoutMs: suiteTimeoutMs });
  const results = parseTap(output);
  if (code !== 0 && results.failed.length === 0) results.failed.push({ name: 'scripts', message: `ended with ${code}`, stack: output });
  report('scripts', results, started);
  return results;
}

function report(name, results, started) {
  const total = results.passed + results.failed.length + results.skipped.length;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${results.failed.length > 0 ? 'FAILED' : 'ok    '} ${name}: ${total === 0 ? 'no tests' : summaryLine(results)} (${seconds} s)`);
  for (const { name: test, message, stack } of results.failed) {
    console.log(`\n  FAILED ${test}\n${indent(message)}${stack ? `\n${indent(stack.split('\n').slice(0, 40).join('\n'))}` : ''}\n`);
  }
}

const indent = text => text.split('\n').map(line => `    ${line}`).join('\n');

async function runAll(picks) {
  rmSync(resultsFolder, { recursive: true, force: true });
  mkdirSync(resultsFolder, { recursive: true });
  const waiting = testProjects(picks).map(name => () => runAssembly(name));
  if (picks.length === 0) waiting.push(runScriptTests);
  if (picks.length === 0 || picks.some(pick => 'vscode'.includes(pick.toLowerCase()))) {
    waiting.push(async () => combine([await runExtensionTests(), await runWorkbenchTests()]));
  }
  const done = [];
  await Promise.all(Array.from({ length: suitesAtOnce }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) done.push(await next());
  }));
  return combine(done);
}

function summarize(results) {
  if (results.skipped.length > 0) {
    console.log('\nSkipped:');
    for (const { name, reason } of results.skipped) console.log(`  ${name}: ${reason.split('\n', 1)[0]}`);
  }
  if (results.failed.length > 0) {
    console.log('\nFailed:');
    for (const { name } of results.failed) console.log(`  ${name}`);
  }
  const ran = results.passed + results.failed.length > 0;
  if (!ran) console.log('\nNo test ran.');
  console.log(`\n${summaryLine(results)}`);
  return ran && results.failed.length === 0;
}

if (!(await setUp())) {
  process.exitCode = 6;
} else if (!(await build('Agent.Ide.sln'))) {
  console.log('\nThe build failed, so no test ran.\n\n0 passed, 0 failed, 0 skipped');
  process.exitCode = 1;
} else {
  process.exitCode = summarize(await runAll(process.argv.slice(2))) ? 0 : 1;
}
