// npm test: sets up, builds, runs every test, and sums up. The very last line is "N passed, N failed, N skipped".

import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from './build.mjs';
import { buildExtension, extension } from './extension.mjs';
import { makePackage } from './package.mjs';
import { root, run } from './processes.mjs';
import { installNodeModules, setUp } from './setup.mjs';
import { combine, parseTap, parseTrx, summaryLine } from './test-results.mjs';
import { ensureHost } from './vscode-host.mjs';

/** A suite that takes longer hangs: several times what the longest takes on two cores, for machines that are busy with other things as well. */
const suiteTimeoutMs = 40 * 60_000;

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

/** Root may have the tests of .NET run by an ordinary user, whose home is a folder of its own below the temporary one. */
const testUser = process.getuid?.() === 0 ? process.env.AGENT_IDE_TEST_USER : undefined;

async function runAs(user, folder, file, args, options) {
  if (user === undefined) return run(file, args, options);
  const home = mkdtempSync(path.join(tmpdir(), 'agent-ide-test-user-'));
  try {
    for (const owned of [home, folder]) chownSync(owned, Number(user), Number(user));
    const env = { HOME: home, DOTNET_CLI_HOME: home, TMPDIR: home };
    return await run('setpriv', [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--', file, ...args], { ...options, env });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function runAssembly(name) {
  const assembly = path.join(root, 'tests', name, 'bin', 'Release', 'net10.0', `${name}.dll`);
  const started = Date.now();
  const trx = path.join(resultsFolder, `${name}.trx`);
  const { code, output } = await runAs(
    testUser, resultsFolder, 'dotnet', ['test', assembly, '--logger', `trx;LogFileName=${name}.trx`, '--results-directory', resultsFolder], { timeoutMs: suiteTimeoutMs });
  const results = existsSync(trx) ? parseTrx(readFileSync(trx, 'utf8')) : { passed: 0, failed: [], skipped: [] };
  if (code !== 0 && results.failed.length === 0) {
    results.failed.push({ name, message: `the run ended with ${code ?? 'no'} exit code`, stack: output.split('\n').slice(-40).join('\n') });
  }
  report(name, results, started);
  return results;
}

/** The extension: its types, its bundles and what is fast; then its package, installed into a real editor. */
async function runExtensionTests() {
  const started = Date.now();
  const results = { passed: 0, failed: [], skipped: [] };
  const wrong = await buildExtension();
  if (wrong === null) Object.assign(results, await runTap(extension, 'test'));
  else results.failed.push({ name: 'extension-vscode', message: 'its packages, types or bundles', stack: wrong });
  report('extension-vscode', results, started);
  return wrong === null ? combine([results, await runWorkbenchTests()]) : results;
}

/** Skipped, with the reason, where no editor that runs headless can be installed. */
async function runWorkbenchTests() {
  const started = Date.now();
  const folder = path.join(root, 'tests', 'vscode');
  let results = { passed: 0, failed: [], skipped: [] };
  const reason = await ensureHost();
  const wrong = reason !== null ? null : (await installNodeModules(folder)) ? await makePackage('linux-x64') : 'npm ci failed';
  if (wrong === null) results = await runTap(path.join(root, 'tests'), 'vscode', reason === null ? {} : { AGENT_IDE_NO_WORKBENCH: reason });
  else results.failed.push({ name: 'tests/vscode', message: 'the package of the extension', stack: wrong });
  report('tests/vscode', results, started);
  return results;
}

/** Other editors for real, and the protocol by its own client library. */
async function runEditorTests() {
  const started = Date.now();
  const results = await runTap(path.join(root, 'tests'), 'editors');
  report('tests/editors', results, started);
  return results;
}

async function runTap(cwd, folder, env = {}) {
  const files = readdirSync(path.join(cwd, folder)).filter(name => name.endsWith('.test.mjs')).map(name => path.join(folder, name));
  const { code, output } = await run(process.execPath, ['--test', '--test-reporter=tap', ...files], { cwd, env, timeoutMs: suiteTimeoutMs });
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
  // Second, because it is among the long ones too, and waits for installations more than it computes.
  if (picks.length === 0 || picks.some(pick => 'vscode'.includes(pick.toLowerCase()))) waiting.splice(1, 0, runExtensionTests);
  if (picks.length === 0 || picks.some(pick => 'editors'.includes(pick.toLowerCase()))) waiting.push(runEditorTests);
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

if (!(await setUp({ withEditors: true }))) {
  process.exitCode = 6;
} else if (!(await build('Agent.Ide.sln'))) {
  console.log('\nThe build failed, so no test ran.\n\n0 passed, 0 failed, 0 skipped');
  process.exitCode = 1;
} else {
  process.exitCode = summarize(await runAll(process.argv.slice(2))) ? 0 : 1;
}
