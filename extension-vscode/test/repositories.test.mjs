import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { load, loadWith, task } from './bundle.mjs';

const { namesOf, repositoriesOf } = await load('infrastructure/repositoryFolders.ts');
const { TaskStore } = await load('infrastructure/taskStore.ts');
const { Repositories, vscode } = await loadWith('infrastructure/repositories.ts', './vscode.stub.mjs');

/** A file system of these names: text is a file, null a folder. */
const disk = names => ({ kind: name => (name in names ? (names[name] === null ? 'folder' : 'file') : undefined), read: name => names[name], real: name => name.replace(/^\/link/, '/a') });
const found = (folders, names) => repositoriesOf(folders, folder => folder, disk(names)).map(({ root, folders: own }) => [root, ...own]);

test('folders of one repository share it, and folders of none are left out where others are in one', () => {
  const names = { '/a/.git': null, '/b/.git': null };
  assert.deepEqual(found(['/notes', '/a/src', '/b', '/a'], names), [['/a', '/a/src', '/a'], ['/b', '/b']]);
});

test('where no folder is in a repository, the first stands for itself, so that its server says why', () => {
  assert.deepEqual(found(['/notes', '/more'], {}), [['/notes', '/notes']]);
  assert.deepEqual(found([], {}), []);
});

test('a linked worktree is a checkout of its own, of the repository it is of; a submodule is a repository of its own', () => {
  const names = {
    '/a/.git': null, '/w/.git': 'gitdir: /a/.git/worktrees/w\n', '/a/.git/worktrees/w/commondir': '../..\n',
    '/a/sub/.git': 'gitdir: ../.git/modules/sub\n', '/odd/.git': 'nonsense',
  };
  assert.deepEqual(found(['/w', '/a', '/a/src', '/a/sub/src', '/odd'], names), [['/w', '/w'], ['/a', '/a', '/a/src'], ['/a/sub', '/a/sub/src']]);
  assert.deepEqual(repositoriesOf(['/w', '/a', '/a/sub'], folder => folder, disk(names)).map(({ directory }) => directory), ['/a/.git', '/a/.git', '/a/.git/modules/sub']);
});

test('folders that are spelled by a link are in the repository that they lie in', () => {
  const names = { '/a/.git': null, '/link/.git': null, '/b/.git': null };
  assert.deepEqual(found(['/a', '/link', '/b'], names), [['/a', '/a', '/link'], ['/b', '/b']]);
  delete names['/link/.git'];
  assert.deepEqual(found(['/link-to-inner', '/b'], { '/a-to-inner/.git': null, ...names }), [['/a-to-inner', '/link-to-inner'], ['/b', '/b']]);
});

test('repositories are called by their folders, and by more of the way where these are alike', () => {
  assert.deepEqual(namesOf(['/home/me/app', '/home/me/lib']), ['app', 'lib']);
  assert.deepEqual(namesOf(['/home/me/app', '/srv/app', '/srv/lib']), ['me/app', 'srv/app', 'lib']);
  assert.deepEqual(namesOf(['C:\\work\\app', 'D:\\app']), ['work/app', 'D:/app']);
});

/** A window on these folders, each a repository, with connections that only count what is done to them. */
function openWindow(...names) {
  const around = mkdtempSync(path.join(tmpdir(), 'agent-ide-repositories-'));
  for (const name of names) mkdirSync(path.join(around, name, '.git'), { recursive: true });
  const parts = [];
  const made = new Map();
  vscode.workspace.open();
  const repositories = new Repositories(
    place => {
      const state = new vscode.EventEmitter();
      const coordinator = {
        root: place.root, store: new TaskStore(), state: { kind: 'starting' }, onState: state.event, calls: [],
        become(next) { this.state = next; state.fire(next); },
        start() { this.calls.push('start'); return Promise.resolve(); },
        restart() { this.calls.push('restart'); return Promise.resolve(); },
        dispose() { this.calls.push('dispose'); },
      };
      made.set(path.basename(place.root), coordinator);
      return coordinator;
    },
    coordinator => {
      parts.push(coordinator);
      return { dispose: () => parts.splice(parts.indexOf(coordinator), 1) };
    },
  );
  const open = (...wanted) => vscode.workspace.open(...wanted.map(name => path.join(around, name)));
  return { repositories, open, made, parts, around, close: () => { repositories.dispose(); rmSync(around, { recursive: true }); } };
}

const attached = tasks => ({ tasks, seq: 1, version: '0.1.0', notices: [] });
const of = name => task({ title: name, worktree: `file:///${name}/.worktrees/fix-k3f7`, createdAt: `2026-01-0${name === 'one' ? 1 : 2}T00:00:00Z` });

test('a task goes to its own repository, though both have one of that id', () => {
  const { repositories, open, made, close } = openWindow('one', 'two');
  open('one', 'two');
  const heard = [];
  repositories.onTasks((coordinator, id) => heard.push([repositories.nameOf(coordinator), id]));
  for (const name of ['one', 'two']) made.get(name).store.attached(attached([of(name)]));
  assert.deepEqual(heard, [['one', undefined], ['two', undefined]]);
  assert.deepEqual(repositories.tasks.map(known => known.title), ['two', 'one']);
  for (const name of ['one', 'two']) {
    assert.equal(repositories.of(of(name)), made.get(name));
    assert.equal(repositories.find('fix-k3f7', of(name).worktree).title, name);
    assert.equal(repositories.named(name), made.get(name));
  }

  assert.throws(() => repositories.of(task({ worktree: 'file:///three/.worktrees/fix-k3f7' })), /not open here any more/);
  close();
});

test('a file belongs to the innermost repository around it, and to none outside of all', () => {
  const { repositories, open, made, around, close } = openWindow('one', 'one/inner', 'two');
  open('one', 'one/inner', 'two');
  const at = file => repositories.at({ fsPath: path.join(around, file) });
  assert.equal(at('one/a.txt'), made.get('one'));
  assert.equal(at('one/inner/a.txt'), made.get('inner'));
  assert.equal(at('two'), made.get('two'));
  assert.equal(at('two-more/a.txt'), undefined);
  writeFileSync(path.join(around, 'one', 'a.txt'), 'a');
  symlinkSync(path.join(around, 'one'), path.join(around, 'alias'));
  assert.equal(at('alias/a.txt'), made.get('one'));
  close();
});

test('folders that come and go connect and leave their repositories, and no others', () => {
  const { repositories, open, made, parts, close } = openWindow('one', 'two');
  assert.equal(repositories.state.kind, 'none');
  open('one');
  assert.deepEqual([repositories.names, repositories.nameOf(made.get('one')), made.get('one').calls], [[], undefined, ['start']]);
  open('one', 'two');
  assert.deepEqual([repositories.names, made.get('one').calls, made.get('two').calls], [['one', 'two'], ['start'], ['start']]);
  open('two');
  assert.deepEqual([made.get('one').calls, made.get('two').calls, parts], [['start', 'dispose'], ['start'], [made.get('two')]]);
  assert.equal(repositories.nameOf(made.get('two')), undefined);
  const heard = [];
  repositories.onTasks((...told) => heard.push(told));
  open();
  assert.deepEqual([repositories.state.kind, heard], ['none', [[undefined, undefined]]]);
  close();
  assert.deepEqual([made.get('two').calls, parts], [['start', 'dispose'], []]);
});

/** The same with a linked worktree of `one`, inside of it. */
function openCheckouts() {
  const window = openWindow('one');
  mkdirSync(path.join(window.around, 'one', '.git', 'worktrees', 'linked'), { recursive: true });
  mkdirSync(path.join(window.around, 'one', 'linked'));
  writeFileSync(path.join(window.around, 'one', '.git', 'worktrees', 'linked', 'commondir'), '../..\n');
  writeFileSync(path.join(window.around, 'one', 'linked', '.git'), 'gitdir: ../.git/worktrees/linked\n');
  window.open('one', 'one/linked');
  const madeIn = (folder, id, over) => task({ id, worktree: pathToFileURL(path.join(window.around, folder, '.worktrees', id)).href, ...over });
  return { ...window, madeIn, one: window.made.get('one'), linked: window.made.get('linked') };
}

test('two checkouts of one repository have a connection each, and a file belongs to its own', () => {
  const { repositories, around, one, linked, open, close } = openCheckouts();
  assert.deepEqual([repositories.names, one.calls, linked.calls], [['one', 'linked'], ['start'], ['start']]);
  assert.equal(repositories.at({ fsPath: path.join(around, 'one', 'a.txt') }), one);
  assert.equal(repositories.at({ fsPath: path.join(around, 'one', 'linked', 'a.txt') }), linked);
  open('one/linked');
  assert.deepEqual([one.calls, linked.calls], [['start', 'dispose'], ['start']]);
  close();
});

test('a task that both checkouts know is shown and told once, by the checkout it was made in, whoever hears of it first', () => {
  const { repositories, madeIn, one, linked, close } = openCheckouts();
  const both = [madeIn('one', 'a'), madeIn('one/linked', 'b')];
  for (const coordinator of [one, linked]) coordinator.store.attached(attached(both));
  assert.deepEqual(repositories.tasks.map(({ id }) => id).sort(), ['a', 'b']);
  assert.deepEqual([repositories.of(both[0]), repositories.of(both[1])], [one, linked]);

  const heard = [];
  repositories.onTasks((coordinator, id) => heard.push([repositories.nameOf(coordinator), id, repositories.find(id).state]));
  const ended = madeIn('one/linked', 'b', { state: 'merged' });
  one.store.changed({ task: ended, seq: 2 });
  linked.store.changed({ task: ended, seq: 2 });
  const made = madeIn('one/linked', 'c');
  one.store.changed({ task: made, seq: 3 });
  assert.deepEqual([repositories.of(made), repositories.tells(one, made)], [linked, false]);
  linked.store.changed({ task: made, seq: 3 });
  assert.deepEqual(heard, [['linked', 'b', 'merged'], ['linked', 'c', 'readyForReview']]);
  close();
});

test('tasks of a checkout whose connection failed are told by another of its repository, and a worktree elsewhere by whoever knows it', () => {
  const { repositories, madeIn, one, linked, close } = openCheckouts();
  const both = [madeIn('one/linked', 'b'), task({ id: 'c', worktree: 'file:///elsewhere/c' })];
  one.store.attached(attached(both));
  const heard = [];
  repositories.onTasks((...told) => heard.push(told));
  linked.become({ kind: 'failed', reason: 'No server.' });
  assert.deepEqual(heard, [[undefined, undefined]]);
  assert.deepEqual(both.map(each => repositories.of(each)), [one, one]);
  assert.equal(repositories.tasks.length, 2);
  close();
});

test('one that fails is named and is not in the way of the others', () => {
  const { repositories, open, made, close } = openWindow('one', 'two');
  open('one', 'two');
  made.get('two').become({ kind: 'failed', reason: 'No server.' });
  assert.equal(repositories.state.kind, 'starting');
  made.get('one').become({ kind: 'connected' });
  assert.deepEqual([repositories.state.kind, repositories.troubles], ['connected', ['two: No server.']]);
  made.get('one').become({ kind: 'failed', reason: 'Lost.' });
  assert.deepEqual([repositories.state.kind, repositories.troubles], ['failed', ['one: Lost.', 'two: No server.']]);
  close();
});

test('a folder that became a repository meanwhile is connected anew on a restart, the others again', async () => {
  const { repositories, open, made, around, close } = openWindow('one');
  mkdirSync(path.join(around, 'later'));
  open('one', 'later');
  assert.deepEqual([...made.keys()], ['one']);
  writeFileSync(path.join(around, 'later', '.git'), 'gitdir: ../one/.git/modules/later\n');
  await repositories.restart();
  assert.deepEqual([made.get('one').calls, made.get('later').calls], [['start', 'restart'], ['start']]);
  close();
});

test('nothing is connected before the folders are trusted', async () => {
  const { repositories, open, made, close } = openWindow('one');
  vscode.workspace.isTrusted = false;
  open('one');
  repositories.start();
  await repositories.restart();
  assert.deepEqual([...made.keys()], []);
  vscode.workspace.trust();
  assert.deepEqual(made.get('one').calls, ['start']);
  close();
});
