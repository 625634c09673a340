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

/** Comments of a window that reviews tasks by `show`; what is sent is kept, or fails while `failure` says why. */
function commenting(...tasks) {
  const changed = new EventEmitter();
  const review = { onChanged: changed.event, value: undefined };
  const known = new Map(tasks.map(each => [each.id, each]));
  const listeners = [];
  const window = { sent: [], failure: undefined };
  const request = (_, params) => (window.failure === undefined ? Promise.resolve(window.sent.push([params.id, params.comments[0]])) : Promise.reject(window.failure));
  const comments = new ReviewComments({ of: () => ({ request }), find: id => known.get(id), onTasks: listener => void listeners.push(listener) ?? (() => {}) }, review);
  return Object.assign(window, {
    comments,
    show(id) {
      review.value = id === undefined ? undefined : { task: known.get(id), diff: { headCommit: `head of ${id}` } };
      changed.fire();
    },
    end(id, state) {
      known.set(id, { ...known.get(id), state });
      for (const listener of listeners) listener(undefined, id);
    },
    thread: id => ({ uri: { query: `head of ${id}`, path: '/src/a b#.cs' }, range: { start: { line: 4 } }, comments: [], canReply: true, disposed: false, dispose() { this.disposed = true; } }),
  });
}

const two = [task({ id: 'one', worktree: 'file:///one' }), task({ id: 'two', worktree: 'file:///two' })];

test('a comment goes to the task whose lines it is on, though another one is under review by now', async () => {
  const { comments, show, sent, thread } = commenting(...two);
  show('one');
  show('two');
  await comments.send({ text: 'Why?', thread: thread('one') });
  show(undefined);
  await comments.send({ text: 'And here?', thread: thread('one') });
  const about = text => ['one', { path: 'src/a b#.cs', line: 5, text, content: 'line 5' }];
  assert.deepEqual(sent, [about('Why?'), about('And here?')]);
});

test('a comment that was sent is shown as sent, cannot be answered, and is not sent twice by a second click', async () => {
  const { comments, show, sent, thread } = commenting(...two);
  show('one');
  const on = thread('one');
  await Promise.all([comments.send({ text: 'Why?', thread: on }), comments.send({ text: 'Why?', thread: on })]);
  assert.equal(sent.length, 1);
  assert.deepEqual([on.comments.map(({ body }) => body), on.canReply, on.label], [['Why?'], false, 'Sent to the agent']);
});

test('a comment that could not be sent fails, so that its text stays, and can be sent again', async () => {
  const window = commenting(...two);
  const { comments, show, sent, thread } = window;
  show('one');
  const on = thread('one');
  window.failure = new Error('Lost.');
  await assert.rejects(comments.send({ text: 'Why?', thread: on }), /Lost/);
  assert.deepEqual([on.comments, on.canReply], [[], true]);
  window.failure = undefined;
  await comments.send({ text: 'Why?', thread: on });
  assert.deepEqual([sent.length, on.comments.length], [1, 1]);
  await assert.rejects(comments.send({ text: 'Why?', thread: thread('three') }), /not known here any more/);
});

test('sent comments go with the review that is closed and with the task that is over, and with nothing else', async () => {
  const { comments, show, end, thread } = commenting(...two);
  const sentTo = async id => {
    const on = thread(id);
    await comments.send({ text: 'Why?', thread: on });
    return on;
  };
  show('one');
  show('two');
  const [one, another] = [await sentTo('one'), await sentTo('two')];
  show('one');
  assert.deepEqual([one.disposed, another.disposed], [false, false]);
  show(undefined);
  assert.deepEqual([one.disposed, another.disposed], [true, false]);
  end('two', 'running');
  assert.equal(another.disposed, false);
  end('two', 'discarded');
  assert.equal(another.disposed, true);
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
