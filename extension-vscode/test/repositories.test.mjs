import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
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

test('a linked worktree belongs to the repository it is of; a submodule is one of its own', () => {
  const names = {
    '/a/.git': null, '/w/.git': 'gitdir: /a/.git/worktrees/w\n', '/a/.git/worktrees/w/commondir': '../..\n',
    '/a/sub/.git': 'gitdir: ../.git/modules/sub\n', '/odd/.git': 'nonsense',
  };
  assert.deepEqual(found(['/w', '/a', '/a/sub/src', '/odd'], names), [['/w', '/w', '/a'], ['/a/sub', '/a/sub/src']]);
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

test('a repository whose first checkout is closed goes on in the other one', () => {
  const { open, made, around, close } = openWindow('one');
  mkdirSync(path.join(around, 'one', '.git', 'worktrees', 'linked'), { recursive: true });
  mkdirSync(path.join(around, 'linked'));
  writeFileSync(path.join(around, 'one', '.git', 'worktrees', 'linked', 'commondir'), '../..\n');
  writeFileSync(path.join(around, 'linked', '.git'), 'gitdir: ../one/.git/worktrees/linked\n');
  open('one', 'linked');
  assert.deepEqual([...made.keys()], ['one']);
  open('linked');
  assert.deepEqual([made.get('one').calls, made.get('linked').calls], [['start', 'dispose'], ['start']]);
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
