import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, task } from './bundle.mjs';
import { draw, window } from './panelWindow.mjs';

const { actionsOf, duration, gaugeOf, stateOf, stepActionsOf, tokens } = await load('webviews/tasks/card.ts');
const { count, nothing, nothingKept, queuePlaces, told } = await load('webviews/tasks/panelState.ts');

const step = { number: 2, tool: 'edit_file', version: 1, arguments: '{}', summary: 'src/a.cs +1 -1', startedAt: '2026-01-01T00:00:01Z', durationMs: 38, commit: '3fa91c2d'.repeat(5), files: ['src/a.cs'], tokens: { context: 1, input: 1, output: 1 } };

test('numbers of tokens and durations are short enough for a card', () => {
  assert.deepEqual([0, 950, 1000, 6543, 99_960, 128_000, 1_250_000].map(tokens), ['0', '950', '1k', '6.5k', '100k', '128k', '1.3M']);
  assert.deepEqual([38, 2400, 112_000, 7_500_000].map(duration), ['38 ms', '2.4 s', '1 m 52 s', '2 h 5 m']);
});

test('the gauge marks its threshold, says what is estimated, and never leaves its bar', () => {
  const { budget } = task();
  assert.equal(gaugeOf(budget).threshold, 75);
  assert.equal(gaugeOf(budget).text, '4.8k / 8.2k');
  assert.equal(gaugeOf({ ...budget, contextTokens: 7000, estimated: true }).hot, true);
  assert.match(gaugeOf({ ...budget, estimated: true }).text, /^≈ /);
  assert.match(gaugeOf({ ...budget, estimated: true }).label, /estimated/);
  assert.equal(gaugeOf({ ...budget, contextTokens: 99_999 }).percent, 100);
  assert.equal(gaugeOf({ ...budget, maxTokens: 0 }).percent, 100);
});

test('each state has the buttons that the coordinator would carry out', () => {
  const commands = state => actionsOf(task({ state })).map(action => action.command);
  assert.deepEqual(commands('queued'), ['review', 'stop']);
  assert.deepEqual(commands('running'), ['review', 'stop']);
  assert.deepEqual(commands('readyForReview'), ['review', 'accept', 'discard']);
  assert.deepEqual(commands('stopped'), ['resume', 'review', 'accept', 'discard']);
  assert.deepEqual(commands('merged'), ['restore']);
  assert.deepEqual(commands('merging'), []);
  assert.deepEqual(actionsOf(task({ state: 'failed', changes: { files: 0, additions: 0, deletions: 0 } })).map(action => action.command), ['resume', 'discard']);
});

test('a worktree is offered only where there is one', () => {
  const offered = over => draw({ tasks: [task(over)] }).body.querySelector('[data-action="openWorktree"]') !== null;
  for (const state of ['running', 'waitingForApproval', 'waitingForUser', 'readyForReview', 'conflict', 'failed', 'stopped']) assert.equal(offered({ state }), true, state);
  for (const state of ['queued', 'preparing', 'merged', 'discarded']) assert.equal(offered({ state }), false, state);
  assert.equal(offered({ state: 'stopped', startedAt: undefined }), false, 'stopped in the queue');
});

test('a step offers to go back and to go on from it only where the coordinator would', () => {
  const commands = (over, change = {}) => stepActionsOf(task(over), { ...step, ...change }).map(action => action.command);
  for (const state of ['running', 'waitingForApproval', 'waitingForUser', 'readyForReview', 'conflict', 'failed', 'stopped']) assert.deepEqual(commands({ state }), ['reviewStep', 'rollback', 'fork'], state);
  for (const state of ['queued', 'merging', 'merged', 'discarded']) assert.deepEqual(commands({ state }), ['reviewStep', 'fork'], state);
  assert.deepEqual(commands({ state: 'preparing' }), ['reviewStep']);
  assert.deepEqual(commands({ state: 'queued', startedAt: undefined }), ['reviewStep'], 'a fork in the queue has the steps of its parent only');
  assert.deepEqual(commands({}, { commit: undefined }), [], 'a step that changed nothing');
});

test('a queued task knows its place, the oldest first', () => {
  const tasks = [task({ id: 'c', state: 'queued' }), task({ id: 'b', state: 'running' }), task({ id: 'a', state: 'queued' })];
  assert.deepEqual([...queuePlaces(tasks)], [['a', 1], ['c', 2]]);
  assert.equal(stateOf(tasks[0], 2).text, 'queued, place 2');
});

test('a told task replaces what was known of it and keeps its place; a new one comes first', () => {
  let state = told(nothing, { type: 'tasks', tasks: [task({ id: 'b' }), task({ id: 'a' })] });
  state = told(state, { type: 'changed', task: task({ id: 'a', state: 'merged' }) });
  state = told(state, { type: 'changed', task: task({ id: 'c' }) });
  assert.deepEqual(state.tasks.map(known => `${known.id} ${known.state}`), ['c readyForReview', 'b readyForReview', 'a merged']);
});

test('each repository has a queue of its own', () => {
  const tasks = ['a/three', 'b/two', 'a/one'].map(id => task({ id, state: 'queued', repository: id[0] }));
  assert.deepEqual([...queuePlaces(tasks)], [['a/one', 1], ['b/two', 1], ['a/three', 2]]);
});

test('a cost is shown only where one is known', () => {
  assert.equal(count([task()]).costUsd, null);
  assert.equal(count([task({ budget: { ...task().budget, costUsd: 0.2 } }), task({ budget: { ...task().budget, costUsd: 0.22 } })]).costUsd, 0.42000000000000004);
});

test('a card carries the names that tests and screen readers rely on', async () => {
  const { body } = await draw({ tasks: [task()] });
  const card = body.querySelector('[data-task-id="fix-k3f7"]');
  assert.equal(card.getAttribute('data-state'), 'readyForReview');
  const meter = card.querySelector('[role="meter"]');
  assert.equal(meter.getAttribute('aria-valuenow'), '4800');
  assert.equal(meter.getAttribute('aria-valuemax'), '8192');
  assert.match(meter.getAttribute('aria-label'), /59 percent/);
  assert.deepEqual([...card.querySelectorAll('[data-action]')].map(button => button.getAttribute('data-action')), ['openWorktree', 'review', 'accept', 'discard']);
});

test('a title full of markup stays text', async () => {
  const title = '<img src=x onerror="alert(1)"><script>alert(2)</script> **bold**';
  const { body } = await draw({ tasks: [task({ title, summary: title, conflictsWith: [title] })] });
  assert.equal(body.querySelectorAll('img, script').length, 0);
  assert.equal(body.querySelector('.title').textContent, title);
});

test('an approval shows the exact command, and its buttons answer for that call', async () => {
  const approval = { call: 'c1', tool: 'run_command', summary: 'dotnet restore src/Client', arguments: '{}', reason: 'always' };
  const { body, sent } = await draw({ tasks: [task({ state: 'waitingForApproval', approvals: [approval] })] });
  assert.equal(body.querySelector('.ask code').textContent, 'dotnet restore src/Client');
  body.querySelector('[data-action="deny"]').click();
  body.querySelector('[data-action="approve"]').click();
  assert.deepEqual(sent, [
    { type: 'approval', id: 'fix-k3f7', call: 'c1', decision: 'deny' },
    { type: 'approval', id: 'fix-k3f7', call: 'c1', decision: 'allow' },
  ]);
});

test('somebody without tasks is told what to do, and somebody without a repository as well', async () => {
  assert.match((await draw({})).body.textContent, /No tasks yet/);
  assert.match((await draw({ connection: 'none' })).body.textContent, /Open a folder of a git repository/);
  assert.match((await draw({ connection: 'failed', reason: 'No server.' })).body.textContent, /No server\./);
});

test('steps are shown when unfolded, with their commit, a way back and a way on', async () => {
  const folded = await draw({ tasks: [task()], steps: new Map([['fix-k3f7', [step]]]) });
  assert.equal(folded.body.querySelectorAll('li').length, 0);
  const { body, sent } = await draw({ tasks: [task()], steps: new Map([['fix-k3f7', [step]]]) }, { unfolded: ['fix-k3f7'] });
  assert.match(body.querySelector('li').textContent, /edit_file.*38 ms.*3fa91c2/s);
  for (const title of ['Show what this step changed', 'Roll back to this step', 'Fork from this step']) body.querySelector(`[title="${title}"]`).click();
  assert.deepEqual(sent, ['reviewStep', 'rollback', 'fork'].map(command => ({ type: 'step', command, id: 'fix-k3f7', step: 2 })));
  assert.deepEqual([...body.querySelectorAll('li .link')].map(button => button.getAttribute('aria-label') ?? button.textContent), ['3fa91c2', 'Roll back to step 2', 'Fork from step 2']);
});

test('a way back is gone from the steps as soon as the task has ended', () => {
  const steps = new Map([['fix-k3f7', [step]]]);
  const { body, again } = draw({ tasks: [task()], steps }, { unfolded: ['fix-k3f7'] });
  const ways = () => [...body.querySelectorAll('[data-step-action]')].map(button => button.getAttribute('data-step-action'));
  assert.deepEqual(ways(), ['reviewStep', 'rollback', 'fork']);
  again({ tasks: [task({ state: 'discarded' })], steps });
  assert.deepEqual(ways(), ['reviewStep', 'fork']);
});

test('the worktree has a small button that says of which task it is', () => {
  const { body, sent } = draw({ tasks: [task({ title: 'Fix <b>it</b>' })] });
  const button = body.querySelector('[data-action="openWorktree"]');
  assert.equal(button.getAttribute('aria-label'), 'Open Worktree in New Window: Fix <b>it</b>');
  assert.equal(button.getAttribute('title'), 'Open Worktree in New Window');
  assert.equal(button.querySelector('svg').getAttribute('aria-hidden'), 'true');
  button.click();
  assert.deepEqual(sent, [{ type: 'command', command: 'openWorktree', id: 'fix-k3f7' }]);
});

test('with several repositories a card says which is its own, and the composer asks for one', async () => {
  const { body } = await draw({ tasks: [task({ id: 'lib/fix-k3f7', repository: 'lib' })], repositories: ['app', 'lib'] }, { repository: 'lib' });
  assert.equal(body.querySelector('.repository').textContent, 'lib');
  assert.match(body.querySelector('.card').getAttribute('aria-label'), /, in lib$/);
  assert.deepEqual([...body.querySelectorAll('#repository option')].map(option => [option.value, option.hasAttribute('selected')]), [['app', false], ['lib', true]]);
  const single = await draw({ tasks: [task()] });
  assert.equal(single.body.querySelector('#repository, .repository'), null);
});

test('a repository without a connection is told beside the tasks of the others', async () => {
  const { body } = await draw({ tasks: [task()], reason: 'lib: No server.', repositories: ['app', 'lib'] });
  assert.match(body.querySelector('.notice').textContent, /lib: No server\./);
  assert.ok(body.querySelector('.card'));
});

test('who is asked can answer at once, whatever is unfolded', async () => {
  const boxes = over => draw({ tasks: [task(over)] }).body.querySelectorAll('.message').length;
  assert.equal(boxes({ state: 'waitingForUser', question: 'Which one?', steps: 0 }), 1);
  assert.equal(boxes({ state: 'waitingForUser', question: 'Which one?', steps: 7 }), 1);
  assert.equal(boxes({ state: 'readyForReview', steps: 0 }), 1);
  assert.equal(boxes({ state: 'running', steps: 7 }), 0);
  assert.equal(boxes({ state: 'merged', steps: 0 }), 0);
});

test('Enter sends a message, but not while it chooses a word that is being composed', () => {
  const { body, sent } = draw({ tasks: [task({ state: 'running' })] }, { unfolded: ['fix-k3f7'] });
  const field = body.querySelector('.message');
  const press = isComposing => field.dispatchEvent(Object.defineProperty(new window.KeyboardEvent('keydown', { key: 'Enter', bubbles: true }), 'isComposing', { value: isComposing }));
  field.value = 'にほん';
  press(true);
  assert.deepEqual(sent, []);
  press(false);
  assert.deepEqual(sent, [{ type: 'message', id: 'fix-k3f7', text: 'にほん' }]);
});
