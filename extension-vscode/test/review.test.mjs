import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWith, task } from './bundle.mjs';

const stub = './vscode.stub.mjs';
const { asOffered, nameOf, pickTask, vscode: { window } } = await loadWith('infrastructure/pickTask.ts', stub);
const { CurrentReview, vscode: { commands } } = await loadWith('features/review/review.ts', stub);
const { ReviewComments, vscode: { EventEmitter } } = await loadWith('features/review/comments.ts', stub);

test('a command is about the task that it names, and about none for what a button above a tree passes', () => {
  assert.equal(nameOf('fix-k3f7').id, 'fix-k3f7');
  assert.deepEqual(nameOf({ id: 'fix-k3f7' }), { id: 'fix-k3f7' });
  const { id, worktree, head } = task();
  assert.deepEqual(nameOf(task()), { id, worktree, head });
  for (const other of [undefined, null, 3, { path: 'src/a.cs', status: 'modified' }, { file: { path: 'src/a.cs' }, hunk: { index: 0 } }]) assert.equal(nameOf(other), undefined);
});

test('what was offered is accepted, not what has come since', () => {
  const now = task({ head: 'c'.repeat(40), state: 'stopped' });
  assert.deepEqual(asOffered(now, task()), { ...now, head: task().head });
  for (const nameless of ['fix-k3f7', { id: 'fix-k3f7' }, undefined]) assert.deepEqual(asOffered(now, nameless), now);
});

test('a named task that is gone is said to be, and no other is taken', async () => {
  const repositories = { find: () => undefined, tasks: [task({ id: 'other' })] };
  assert.equal(await pickTask(repositories, task(), () => true, 'None.'), undefined);
  assert.match(window.shown.at(-1), /not known here any more/);
});

test('a comment goes to the task whose lines it is on, though another one is under review by now', async () => {
  const changed = new EventEmitter();
  const review = { onChanged: changed.event, value: undefined };
  const sent = [];
  const comments = new ReviewComments({ of: ({ id }) => ({ request: (method, params) => Promise.resolve(sent.push([id, method, params])) }) }, review);
  for (const [id, headCommit] of [['one', 'a1'], ['two', 'b2']]) {
    review.value = { task: task({ id }), diff: { headCommit } };
    changed.fire();
  }

  const thread = { uri: { query: 'a1', path: '/src/a b#.cs' }, range: { start: { line: 4 } }, comments: [] };
  await comments.send({ text: 'Why?', thread });
  review.value = undefined;
  changed.fire();
  await comments.send({ text: 'And here?', thread });
  const about = text => ['one', 'agent/task/message', { id: 'one', text: '', comments: [{ path: 'src/a b#.cs', line: 5, text, content: 'line 5' }] }];
  assert.deepEqual(sent, [about('Why?'), about('And here?')]);
  comments.dispose();
});

/** A review whose requests are answered in whatever order a test wants: `answers` has one for each, by its task and step. */
function reviewing(...tasks) {
  const answers = new Map();
  const known = new Map(tasks.map(each => [each.id, each]));
  const listeners = [];
  const request = (_, { id, toStep }) => new Promise(resolve => answers.set(toStep === undefined ? id : `${id}/${toStep}`, () => resolve({ baseCommit: 'b', headCommit: `head of ${id}`, files: [{ path: 'a', status: 'modified', hunks: [] }] })));
  const repositories = { onTasks: listener => listeners.push(listener), find: id => known.get(id), of: () => ({ request }) };
  const change = task => {
    known.set(task.id, task);
    for (const listener of listeners) listener(undefined, task.id);
  };
  commands.run.length = 0;
  return { review: new CurrentReview(repositories), answers, change, opened: () => commands.run.filter(([name]) => name === 'vscode.changes').map(([, title]) => title) };
}

test('of two reviews the one that was asked for last is shown, whichever is answered last', async () => {
  const [one, two] = [task({ id: 'one', title: 'One' }), task({ id: 'two', title: 'Two' })];
  const { review, answers, opened } = reviewing(one, two);
  const first = review.open(one);
  const second = review.open(two);
  answers.get('two')();
  await second;
  answers.get('one')();
  await first;
  assert.deepEqual([review.value.task.id, opened()], ['two', ['Agent: Two']]);
});

test('a step that was asked for last is shown, and not the whole that is answered after it', async () => {
  const one = task({ id: 'one', title: 'One' });
  const { review, answers, opened } = reviewing(one);
  const whole = review.open(one);
  const step = review.open(one, 2);
  answers.get('one/2')();
  await step;
  answers.get('one')();
  await whole;
  assert.deepEqual([review.value.step, opened()], [2, ['Agent: One, step 2']]);
});

test('a review that is closed while it loads stays closed, and the end of another task is none of its business', async () => {
  const [one, two] = [task({ id: 'one' }), task({ id: 'two' })];
  const { review, answers, change } = reviewing(one, two);
  const closed = review.open(one);
  review.close();
  answers.get('one')();
  await closed;
  assert.equal(review.value, undefined);

  const shown = review.open(one);
  answers.get('one')();
  await shown;
  const next = review.open(two);
  change(task({ id: 'one', state: 'merged' }));
  review.leave(one);
  assert.equal(review.value, undefined);
  answers.get('two')();
  await next;
  assert.equal(review.value.task.id, 'two');
});

test('what is left after a part was accepted is shown where nothing else was asked for since', async () => {
  const [one, two] = [task({ id: 'one' }), task({ id: 'two' })];
  const { review, answers } = reviewing(one, two);
  const other = review.open(two);
  await review.reload(one);
  assert.equal(answers.has('one'), false);
  answers.get('two')();
  await other;
  const rest = review.reload(two);
  answers.get('two')();
  await rest;
  assert.equal(review.value.task.id, 'two');
});

test('a task that was merged while its changes were on their way is not under review', async () => {
  const one = task({ id: 'one' });
  const { review, answers, change, opened } = reviewing(one);
  const asked = review.open(one);
  change(task({ id: 'one', state: 'merged' }));
  answers.get('one')();
  await asked;
  assert.deepEqual([review.value, opened()], [undefined, []]);
});
