import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, loadWith, task } from './bundle.mjs';

const { bytesOf, hasOneLineEnd, textOf, untouched } = await load('features/review/conflicts/begunResolution.ts');
const { BegunResolutions, vscode: { commands, Uri } } = await loadWith('features/review/conflicts/begunResolutions.ts', './vscode.stub.mjs');
const { ConflictDocuments, sideUri } = await loadWith('features/review/conflicts/conflictDocuments.ts', './vscode.stub.mjs');

test('a side of a conflict is found again after a reload, when its task is known', async () => {
  let known;
  const asked = [];
  const repositories = {
    settled: () => Promise.resolve(void (known = task())),
    find: (id, worktree) => (known?.id === id && known.worktree === worktree ? known : undefined),
    of: () => ({ request: (_, params) => Promise.resolve(asked.push(params)).then(() => ({ base: 'b', target: 'm', task: 'a' })) }),
  };
  const { id, worktree, head } = task();
  const uri = sideUri({ id, worktree, head, target: 'main', targetCommit: 't1', part: { files: ['a ü%.cs'] } }, 'task', 'a ü%.cs');
  assert.equal(await new ConflictDocuments(repositories).provideTextDocumentContent(uri), 'a');
  assert.deepEqual(asked, [{ id, target: 'main', targetCommit: 't1', files: ['a ü%.cs'], path: 'a ü%.cs' }]);
  await assert.rejects(new ConflictDocuments({ ...repositories, find: () => undefined }).provideTextDocumentContent(uri), /not known here any more/);
  known = { ...known, head: 'c'.repeat(40) };
  await assert.rejects(new ConflictDocuments(repositories).provideTextDocumentContent(uri), /has gone on since/);
});

test('a resolution holds until it is forgotten or begun anew, and its results are known by both of their paths', async () => {
  const kept = new Map();
  // What was kept comes back as a copy.
  const state = { get: (key, otherwise) => JSON.parse(kept.get(key) ?? JSON.stringify(otherwise)), update: (key, value) => Promise.resolve(void kept.set(key, JSON.stringify(value))) };
  Uri.onWindows = true;
  const resolutions = new BegunResolutions(state);
  const { id, worktree, head } = task();
  const begun = { id, worktree, head, base: 'b', part: {}, target: 'main', targetCommit: 't1', sides: {}, results: { 'a.cs': 'file:///c:/store/a%20b.cs' } };
  await resolutions.keep(begun);
  assert.deepEqual(commands.run.at(-1), ['setContext', 'agentIde.resolving', ['c:\\store\\a b.cs', '/c:/store/a b.cs']]);
  assert.equal(resolutions.has(begun), true);
  await resolutions.keep({ ...begun, targetCommit: 't2' });
  assert.deepEqual([resolutions.has(begun), resolutions.of(task()).targetCommit], [false, 't2']);
  await resolutions.forget(begun);
  assert.deepEqual([resolutions.all, commands.run.at(-1)[2]], [[], []]);
});

test('a draft names its encoding by a byte order mark, which is merged only where the sides have one', () => {
  for (const draft of ['grün', '\ufeffgrün']) assert.deepEqual([...bytesOf(draft)], [...Buffer.from('\ufeffgrün')]);
  assert.equal(textOf({ withMark: [] }, 'a.cs', bytesOf('grün')), 'grün');
  assert.equal(textOf({ withMark: ['a.cs'] }, 'a.cs', bytesOf('\ufeffgrün')), '\ufeffgrün');
  assert.equal(textOf({ withMark: [] }, 'a.cs', Buffer.alloc(0)), '');
  assert.equal(textOf({ withMark: ['a.cs'] }, 'a.cs', Buffer.from('green')), 'green');
  // Begun by an earlier version.
  assert.equal(textOf({}, 'a.cs', Buffer.from('\ufeffgrün')), '\ufeffgrün');
  assert.equal(textOf({}, 'a.cs', Buffer.from('grün')), 'grün');
});

test('a result that was saved in another encoding is refused, also where its bytes happen to be UTF-8', () => {
  const told = /Nothing was merged: the result of a\.cs is not saved as UTF-8 with BOM/;
  assert.throws(() => textOf({ withMark: [] }, 'a.cs', Buffer.from('grün', 'latin1')), told);
  assert.throws(() => textOf({}, 'a.cs', Buffer.from('grün', 'latin1')), told);
  // Three characters of GBK are the same bytes.
  assert.throws(() => textOf({ withMark: [] }, 'a.cs', Buffer.from('你好')), told);
});

test('a text whose lines end in different ways is not given to an editor, which would make them alike', () => {
  for (const text of ['', 'a', 'a\nb\n', 'a\r\nb\r\n', '\n\n', '\r\n\r\n']) assert.equal(hasOneLineEnd(text), true, JSON.stringify(text));
  for (const text of ['a\nb\r\n', '\r\n\n', '\n\r\n', 'a\rb', 'a\r\r\n']) assert.equal(hasOneLineEnd(text), false, JSON.stringify(text));
});

test('a result with markers is not accepted, but for those that a side has of its own', () => {
  const marked = '<<<<<<< main\na\n=======\nb\n>>>>>>> agent\n';
  const texts = new Map([['a.md', marked], ['b.md', marked], ['c.md', 'a\n']]);
  assert.deepEqual(untouched({}, texts), ['a.md', 'b.md']);
  assert.deepEqual(untouched({ marked: ['b.md'] }, texts), ['a.md']);
});
