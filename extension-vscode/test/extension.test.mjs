import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { load, task } from './bundle.mjs';

const { TaskStore } = await load('infrastructure/taskStore.ts');
const { findServer, fitsMachine, makeExecutable, ServerMissing, whyNotStarted } = await load('infrastructure/serverProgram.ts');
const { plainLabel, plainText } = await load('infrastructure/plainText.ts');
const { RequestFailed } = await load('infrastructure/requests.ts');
const { isWanted, whatToTell } = await load('features/questions/whatToTell.ts');
const { versionMismatch } = await load('infrastructure/versionMismatch.ts');
const { isStepAppended, isTaskChanged } = await load('infrastructure/wellFormed.ts');
const { summary } = await load('features/status/summary.ts');
const { without } = await load('infrastructure/without.ts');
const { CheckedChanges } = await load('features/review/checkedChanges.ts');
const { amountInWords, amountOf, labelOf, modeOf, partsOf } = await load('features/review/changes.ts');
const { decisions, hasMarkers, folderName, isAbout } = await load('features/review/conflicts/begunResolution.ts');
const { instructions } = await load('features/delegate/instructions.ts');

const attached = (tasks, seq) => ({ tasks, seq, version: '0.1.0', notices: [] });

test('the higher number wins, whatever the order of arrival', () => {
  const store = new TaskStore();
  store.attached(attached([task({ state: 'running' })], 5));
  store.changed({ task: task({ state: 'readyForReview' }), seq: 9 });
  store.changed({ task: task({ state: 'running' }), seq: 7 });
  assert.equal(store.find('fix-k3f7').state, 'readyForReview');
  assert.equal(store.seq, 9);
});

test('a roll back takes the undone steps away', () => {
  const store = new TaskStore();
  store.attached(attached([task({ steps: 3 })], 1));
  for (const number of [1, 2, 3]) store.stepAppended({ id: 'fix-k3f7', step: { number }, seq: 1 + number });
  store.changed({ task: task({ steps: 1 }), seq: 9 });
  assert.deepEqual(store.steps('fix-k3f7').map(step => step.number), [1]);
});

test('attaching again forgets tasks that are gone and tells that anything may have changed', () => {
  const store = new TaskStore();
  const heard = [];
  store.attached(attached([task({ id: 'a' })], 1));
  store.onChange(id => heard.push(id));
  store.attached(attached([task({ id: 'b' })], 4));
  assert.deepEqual(store.tasks.map(known => known.id), ['b']);
  assert.deepEqual(heard, [undefined]);
});

test('the server is the configured one, else the packaged one, else what the checkout has built', () => {
  const places = { configured: '', extension: '/ext', platform: 'linux', arch: 'x64' };
  const files = exists => ({ exists, read: () => (assert.fail('nothing was packaged')) });
  const notPackaged = file => !file.endsWith('platform');
  assert.equal(findServer({ ...places, configured: '/opt/agent-ide' }, files(() => true)), '/opt/agent-ide');
  assert.throws(() => findServer({ ...places, configured: '/opt/agent-ide' }, files(() => false)), ServerMissing);
  assert.equal(findServer(places, files(notPackaged)), '/ext/server/agent-ide');
  assert.equal(findServer(places, files(file => file.includes('Release'))), '/src/Agent.Ide.Cli/bin/Release/net10.0/agent-ide');
  assert.match(findServer({ ...places, platform: 'win32' }, files(notPackaged)), /agent-ide\.exe$/);
  assert.throws(() => findServer(places, files(() => false)), /set agentIde\.server\.path/i);
});

test('a package for another machine, or one whose server is gone, says what to do', () => {
  const places = { configured: '', extension: '/ext', platform: 'linux', arch: 'arm64' };
  const packaged = { exists: () => true, read: () => 'linux-x64\n' };
  assert.throws(() => findServer(places, packaged), /is for linux-x64, and this machine is linux-arm64\..*agentIde\.server\.path/);
  assert.throws(() => findServer({ ...places, platform: 'win32', arch: 'x64' }, packaged), /this machine is win-x64/);
  assert.equal(findServer({ ...places, arch: 'x64' }, packaged), '/ext/server/agent-ide');
  assert.throws(() => findServer({ ...places, arch: 'x64' }, { ...packaged, exists: file => file.endsWith('platform') }), /Install the extension again/);
});

test('a server that lost its executable bit gets it back', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'agent-ide-server-'));
  try {
    const program = path.join(folder, 'agent-ide');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o644 });
    assert.throws(() => makeExecutable(program, '/elsewhere', 'linux'), /chmod \+x/);
    makeExecutable(program, folder, 'linux');
    assert.equal(statSync(program).mode & 0o777, 0o755);
    assert.throws(() => makeExecutable(path.join(folder, 'other'), folder, 'linux'), /chmod \+x/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a server that ended at once is told of with what to do; what the server itself says is told as it is', () => {
  const ended = whyNotStarted(Object.assign(new Error('disposed'), { code: -32097 }), '/opt/agent-ide');
  assert.match(ended.message, /\/opt\/agent-ide could not be started.*disposed.*doctor/);
  const refused = Object.assign(new Error('Not a repository.'), { code: -32001 });
  assert.equal(whyNotStarted(refused, '/opt/agent-ide'), refused);
  const missing = new ServerMissing('gone');
  assert.equal(whyNotStarted(missing, '/opt/agent-ide'), missing);
});

test('a program for another machine is said to be that, and anything else is left to the system', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'agent-ide-server-'));
  const program = path.join(folder, 'agent-ide');
  const elf = machine => Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(14), Buffer.from([machine, 0])]);
  const check = content => {
    writeFileSync(program, content);
    fitsMachine(program, { platform: 'linux', arch: 'x64' });
  };
  check(elf(0x3e));
  check('#!/bin/sh\n');
  check('');
  assert.throws(() => check(elf(0xb7)), /is a program for arm64, and this machine is x64\. Set agentIde\.server\.path/);
  assert.throws(() => check(elf(0x77)), /is a program for another machine/);
  assert.throws(() => check('MZ\0'), /is a program for Windows/);
  fitsMachine(program, { platform: 'win32', arch: 'x64' });
  rmSync(folder, { recursive: true });
});

test('an error of the coordinator keeps its code and its hint', () => {
  const failed = RequestFailed.from(Object.assign(new Error('Moved on.'), { data: { code: 'headMoved', hint: 'Review it again.', exitCode: 1 } }));
  assert.deepEqual([failed.message, failed.code, failed.hint], ['Moved on.', 'headMoved', 'Review it again.']);
  assert.equal(RequestFailed.from('strange').code, 'failed');
});

test('each thing worth telling has a key of its own, so that it is told once', () => {
  const approval = { call: 'c1', tool: 'run_command', summary: 'make', arguments: '{}', reason: 'always' };
  assert.deepEqual(whatToTell(task({ state: 'waitingForApproval', approvals: [approval] })).map(told => told.key), ['fix-k3f7/c1']);
  assert.notEqual(whatToTell(task())[0].key, whatToTell(task({ head: 'c'.repeat(40) }))[0].key);
  // An answer without a change is news as well.
  assert.notEqual(whatToTell(task())[0].key, whatToTell(task({ steps: task().steps + 1 }))[0].key);
  assert.deepEqual(whatToTell(task({ state: 'running' })), []);
  assert.match(whatToTell(task({ state: 'failed', error: { code: 'x', message: 'No model.', hint: 'Start one.', exitCode: 6 } }))[0].text, /No model\. Start one\./);
});

test('the setting says which notifications are wanted, and one that it does not know hides none', () => {
  const kinds = wanted => ['question', 'ready', 'failure'].filter(kind => isWanted({ kind }, wanted));
  assert.deepEqual(kinds('questions'), ['question']);
  assert.deepEqual(kinds('none'), []);
  for (const all of ['all', 'loud', undefined, 5]) assert.deepEqual(kinds(all), ['question', 'ready', 'failure']);
});

test('the status bar counts, and stands out when somebody waits for a person', () => {
  const text = summary([task({ state: 'running' }), task({ state: 'waitingForUser' }), task()]);
  assert.equal(text.tooltip, '1 running, 1 waiting for you, 1 ready for review, fullest context 59 %');
  assert.equal(text.waits, true);
  assert.equal(summary([]).text, '$(git-branch) Agents');
});

test('fixing comes first where there is something to fix', () => {
  assert.equal(instructions([{}, {}])[0].label, 'Fix the 2 problems here');
  assert.equal(instructions([])[0].label, 'Write tests for this');
});

test('a link in what an agent says is text, and every message goes through the place that sees to it', () => {
  const shown = plainText('[ok](command:workbench.action.terminal.new) and a[0](b)');
  assert.doesNotMatch(shown, /\]\(/);
  assert.equal(shown.replaceAll('\u200b', ''), '[ok](command:workbench.action.terminal.new) and a[0](b)');
  assert.equal(plainLabel('as $(trash) $1'), 'as $\u200b(trash) $1');
  const source = new URL('../src/', import.meta.url).pathname;
  const elsewhere = readdirSync(source, { recursive: true }).filter(name => name.endsWith('.ts') && !name.endsWith('infrastructure/messages.ts'));
  assert.deepEqual(elsewhere.filter(name => /window\s*\.\s*(show(Information|Warning|Error)Message|showQuickPick|withProgress)\b/.test(readFileSync(path.join(source, name), 'utf8'))), []);
});

test('all of a review is merged until something is not checked, and other changes begin with all checked', () => {
  const checked = new CheckedChanges();
  const hunk = index => ({ index });
  const odd = { path: 'a b%.txt', status: 'added', hunks: [hunk(0)] };
  const renamed = { path: 'new.txt', oldPath: 'old.txt', status: 'renamed', hunks: [hunk(0), hunk(1)] };
  const split = { path: 'split.txt', status: 'modified', hunks: [hunk(0), hunk(1), hunk(2)] };
  const files = [odd, renamed, split];
  const first = { baseCommit: 'b1', headCommit: 'h1' };
  checked.show('fix-k3f7', first);
  assert.equal(checked.chosen(files), undefined);
  checked.set(odd, undefined, false);
  assert.deepEqual(checked.chosen(files), { files: ['new.txt', 'split.txt'], hunks: [] });
  assert.equal(checked.has(odd), false);
  checked.show('fix-k3f7', first);
  assert.deepEqual(checked.chosen(files), { files: ['new.txt', 'split.txt'], hunks: [] });
  checked.set(split, split.hunks[1], false);
  assert.deepEqual(checked.chosen(files), { files: ['new.txt'], hunks: [{ path: 'split.txt', index: 0 }, { path: 'split.txt', index: 2 }] });
  checked.set(renamed, undefined, false);
  checked.set(split, undefined, false);
  assert.deepEqual(checked.chosen(files), { files: [], hunks: [] });
  checked.show('fix-k3f7', { baseCommit: 'b2', headCommit: 'h1' });
  assert.equal(checked.chosen(files), undefined);
});

test('a file is checked when all of its hunks are, and either way round', () => {
  const checked = new CheckedChanges();
  const split = { path: 'split.txt', status: 'modified', hunks: [{ index: 0 }, { index: 1 }] };
  checked.set(split, split.hunks[0], false);
  assert.deepEqual([checked.has(split), checked.has(split, split.hunks[0]), checked.has(split, split.hunks[1])], [false, false, true]);
  assert.deepEqual(checked.someOf(split), [split.hunks[1]]);
  checked.set(split, split.hunks[1], false);
  assert.equal(checked.someOf(split), undefined);
  checked.set(split, undefined, true);
  assert.deepEqual([checked.has(split), checked.has(split, split.hunks[0])], [true, true]);
});

test('a hunk is told by its lines, and what is more than lines has none to choose', () => {
  const hunk = { index: 0, oldStart: 7, oldLines: 7, newStart: 7, newLines: 9, additions: 3, deletions: 1, lines: { start: 10, end: 12 }, text: 'return total;' };
  assert.equal(labelOf(hunk), 'Lines 10–12');
  assert.equal(labelOf({ ...hunk, lines: { start: 10, end: 10 } }), 'Line 10');
  assert.equal(labelOf({ ...hunk, lines: undefined }), 'Lines 7–15');
  assert.equal(labelOf({ ...hunk, lines: undefined, newStart: 0, newLines: 0 }), 'Line 1');
  assert.equal(amountOf(hunk), '+3 −1');
  assert.equal(amountInWords({ additions: 1, deletions: 0 }), '1 line added, 0 removed');
  const file = { path: 'a', status: 'modified', binary: false, hunks: [hunk, hunk] };
  assert.equal(partsOf(file).length, 2);
  for (const whole of [{ status: 'renamed' }, { status: 'deleted' }, { status: 'typeChanged' }, { binary: true }, { hunks: [hunk] }, { hunks: [] }]) assert.deepEqual(partsOf({ ...file, ...whole }), []);
});

test('a file that became executable is said to be, and one whose mode is the same says nothing', () => {
  assert.equal(modeOf({ oldMode: '100644', newMode: '100755' }), 'now executable');
  assert.equal(modeOf({ oldMode: '000000', newMode: '100755' }), 'now executable');
  assert.equal(modeOf({ oldMode: '100755', newMode: '100644' }), 'no longer executable');
  for (const none of [{}, { oldMode: '000000', newMode: '100644' }, { oldMode: '100755', newMode: '000000' }, { oldMode: '100755', newMode: '120000' }]) assert.equal(modeOf(none), '');
});

test('a coordinator of another version is told of, one of another build is not', () => {
  assert.equal(versionMismatch('0.2.0', '0.2.0+abc123'), undefined);
  assert.match(versionMismatch('0.2.0', '0.1.0+abc123'), /coordinator is version 0\.1\.0, this extension 0\.2\.0/);
});

test('what was decided about a conflict holds for the task as it was, and for the part of it that was to be merged', () => {
  const begun = { id: 'fix-k3f7', worktree: task().worktree, head: task().head, base: task().base.commit, part: { files: ['a'] }, target: 'main', targetCommit: 't', sides: { 'b%': 'task' }, results: { a: 'file:///a' } };
  assert.ok(isAbout(begun, task(), undefined));
  assert.ok(isAbout(begun, task(), { files: ['a'] }));
  assert.ok(!isAbout(begun, task(), {}));
  assert.ok(!isAbout(begun, task({ head: 'c'.repeat(40) }), undefined));
  assert.ok(!isAbout(begun, task({ base: { ref: 'main', commit: 'd'.repeat(40) } }), undefined));
  assert.ok(!isAbout(begun, task({ worktree: 'file:///other' }), undefined));
  assert.deepEqual(decisions(begun, new Map([['a', 'text']]), false), [{ path: 'b%', take: 'task', mustDecide: false }, { path: 'a', text: 'text', mustDecide: true }]);
  assert.equal(decisions(begun, new Map([['a', '']]), true)[1].mustDecide, false);
});

test('a result that nobody has looked at has markers, and a text about markers has not', () => {
  assert.ok(hasMarkers('1\n<<<<<<< main\nx\n=======\ny\n>>>>>>> fix\n'));
  assert.ok(!hasMarkers('Conflicts begin with <<<<<<< and end with >>>>>>> on lines of their own.\n<<<<<<<\n'));
});

test('a message of the coordinator that does not fit is known as one', () => {
  assert.ok(isTaskChanged({ task: task(), seq: 1 }));
  const { budget, ...half } = task();
  for (const params of [undefined, null, [], 5, {}, { task: null, seq: 1 }, { task: task() }, { task: task(), seq: '1' }, { task: half, seq: 1 }, { task: task({ approvals: null }), seq: 1 }]) {
    assert.equal(isTaskChanged(params), false, JSON.stringify(params));
  }

  const step = { number: 1, tool: 'edit_file', summary: 's', durationMs: 1, files: [] };
  assert.ok(isStepAppended({ id: 'a', step, seq: 1 }));
  assert.equal(isStepAppended({ id: 'a', step: { ...step, files: undefined }, seq: 1 }), false);
  assert.equal(isStepAppended({ id: 5 }), false);
});

test('Delegate Selection is at hand in remote windows too, where the editor names files by another scheme', () => {
  const { contributes: { keybindings, menus } } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const offered = [...keybindings, ...menus['editor/context']].filter(({ command }) => command === 'agentIde.delegateSelection');
  assert.equal(offered.length, 2);
  for (const { when } of offered) {
    const scheme = new RegExp(/resourceScheme =~ \/(.+?)\//.exec(when)[1]);
    assert.deepEqual(['file', 'vscode-remote', 'agent-ide', 'git'].map(name => scheme.test(name)), [true, true, false, false]);
  }
});

test('drafts of a conflict are of one set of texts: of another part, head, base or target they are others', () => {
  const sides = { id: 'fix-k3f7', head: 'h', base: 'b', part: {}, targetCommit: 't' };
  const names = [{}, { head: 'i' }, { base: 'c' }, { targetCommit: 'u' }, { part: { files: ['a'], hunks: [] } }, { part: { files: [], hunks: [{ path: 'a', index: 0 }] } }];
  assert.equal(new Set(names.map(other => folderName({ ...sides, ...other }))).size, names.length);
  assert.equal(folderName({ ...sides }), folderName({ ...sides, sides: {} }));
});

test('what is traced loses the secrets in it, also where it is JSON', () => {
  const written = [];
  const channel = without(['sk-"1"', ''], { name: 'Log', append: text => written.push(text), appendLine: text => written.push(text), replace: text => written.push(text) });
  channel.append('a sk-"1" b');
  channel.appendLine(JSON.stringify({ key: 'sk-"1"', other: 'kept' }));
  channel.replace('sk-"1"');
  assert.deepEqual(written, ['a [key] b', '{"key":"[key]","other":"kept"}', '[key]']);
});
