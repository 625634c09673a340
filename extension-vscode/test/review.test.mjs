import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWith, task } from './bundle.mjs';

const stub = './vscode.stub.mjs';
const { asOffered, nameOf, pickTask, vscode: { window } } = await loadWith('infrastructure/pickTask.ts', stub);
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
