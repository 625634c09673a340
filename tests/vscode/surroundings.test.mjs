// What a user may open, and what an agent may say and make: folders that agents cannot work in, two windows, titles with markup, file
// names and files of every kind.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { call, cardsOf, finish, makeFolder, modelAt, write } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openPanel, palette, patience, reasonToSkip, startEditor, toasts } from './workbench.mjs';

const skip = reasonToSkip();
const markup = '[here](command:noop) <img src=x onerror="document.body.dataset.owned=1"><b>bold</b>';
const oddName = 'a b%20#1 ü.txt';

const script = {
  'shared between windows': [write('shared.txt', 'one\n'), finish('Written.')],
  'onerror': [write('safe.txt', 'safe\n'), finish('<i>done</i> [link](command:workbench.action.files.newUntitledFile)')],
  'every kind of file': [
    write(oddName, 'odd\n'),
    call('delete_file', { path: 'gone.txt' }),
    call('move_file', { from: 'old name.txt', to: 'new/näme.txt' }),
    call('run_command', { command: "printf 'a\\000b\\377' > binary.bin; head -c 5000000 /dev/zero | tr '\\0' x | fold -w 99 > large.txt" }),
    finish('Of every kind.'),
  ],
};

let editor;
let model;
let pages = [];
let folders = [];

const opened = async folder => {
  const page = await editor.open(folder);
  pages.push(page);
  return page;
};
const made = files => {
  const folder = makeFolder(files);
  folders.push(folder);
  return folder;
};

before(async () => {
  if (skip) return;
  model = await startModel(script);
  editor = await startEditor({ environment: modelAt(model), configuration: 'agent_session:\n  tools:\n    - { name: run_command, approval: never }\n' });
});

afterEach(async () => {
  for (const page of pages) {
    await page.goto('about:blank');
    await page.close();
  }

  pages = [];
});

after(async () => {
  await editor?.close();
  await model?.stop();
  for (const folder of folders) folder.remove();
});

test('the installed package holds the server and what a user reads, and no sources', { skip }, () => {
  const top = readdirSync(editor.extension).map(name => name.toLowerCase()).sort();
  assert.deepEqual(top.filter(name => !name.startsWith('.')), ['dist', 'license.txt', 'media', 'package.json', 'readme.md', 'server']);
  assert.equal(readFileSync(path.join(editor.extension, 'server/platform'), 'utf8').trim(), 'linux-x64');
  assert.deepEqual(readdirSync(path.join(editor.extension, 'server')).filter(name => name.endsWith('.pdb')), []);
});

test('a window without a folder says to open one', { skip, timeout: patience }, async () => {
  const panel = await openPanel(await opened());
  await panel.locator('.empty', { hasText: 'Open a folder of a git repository' }).waitFor();
});

test('a folder that is not in a repository says how to make it one, and goes on once it is', { skip, timeout: 2 * patience }, async () => {
  const plain = made();
  const page = await opened(plain.folder);
  const panel = await openPanel(page);
  await panel.locator('.notice', { hasText: 'git init' }).waitFor();
  plain.initialise();
  plain.git('commit', '--quiet', '--allow-empty', '--message=first');
  await palette(page, 'Agent: Restart Server');
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
});

test('a repository without a commit says that one is needed, and goes on once there is one', { skip, timeout: 2 * patience }, async () => {
  const unborn = made();
  unborn.initialise();
  const panel = await openPanel(await opened(unborn.folder));
  await panel.locator('#prompt textarea').fill('shared between windows');
  await panel.locator('[data-action="create"]:not([disabled])').click();
  await panel.locator('.error', { hasText: 'commit' }).waitFor();
  unborn.git('commit', '--quiet', '--allow-empty', '--message=first');
  await panel.locator('[data-action="create"]:not([disabled])').click();
  await cardsOf(panel).reaches('shared between windows', 'readyForReview');
});

test('a server that cannot be started says why, and the extension goes on once it can', { skip, timeout: 3 * patience }, async () => {
  const repository = made({ 'not-a-program': '#!/bin/sh\nexit 3\n' });
  const page = await opened(repository.folder);
  const panel = await openPanel(page);
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
  // What settings are takes a moment to reach the extension, so the first try may still be made with the ones before.
  const restartShows = async locator => {
    for (const started = Date.now(); Date.now() - started < patience; ) {
      await palette(page, 'Agent: Restart Server');
      if (await locator.waitFor({ timeout: 8000 }).then(() => true, () => false)) return;
    }

    assert.fail(`the panel shows ${await panel.locator('body').innerText()}`);
  };
  const fails = text => restartShows(panel.locator('.notice', { hasText: text }));
  const program = path.join(editor.extension, 'server/agent-ide');
  const platform = path.join(editor.extension, 'server/platform');

  writeFileSync(platform, 'linux-arm64\n');
  await fails('This package of Agent.Ide is for linux-arm64, and this machine is linux-x64.');
  writeFileSync(platform, 'linux-x64\n');
  renameSync(program, `${program}.away`);
  await fails('Install the extension again.');
  renameSync(`${program}.away`, program);

  editor.configure({ 'agentIde.server.path': '/nowhere/agent-ide' });
  await fails('agentIde.server.path names /nowhere/agent-ide, which does not exist');
  editor.configure({ 'agentIde.server.path': repository.file('not-a-program') });
  await fails('chmod +x');
  chmodSync(repository.file('not-a-program'), 0o755);
  await fails('not-a-program could not be started as a server, or ended at once');

  editor.configure({});
  // As an archiver that knows nothing of permissions would leave it.
  chmodSync(program, 0o644);
  await restartShows(panel.locator('.empty', { hasText: 'No tasks yet' }));
  assert.equal(statSync(program).mode & 0o111, 0o111);
});

test('settings say what new tasks are like, the composer shows them, and a bad one is told', { skip, timeout: 2 * patience }, async () => {
  const repository = made({ 'readme.txt': 'hello\n' });
  repository.write('mine.txt', 'not committed\n');
  const page = await opened(repository.folder);
  const panel = await openPanel(page);
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
  editor.configure({ 'agentIde.model': 'a model of mine', 'agentIde.includeUncommitted': true, 'agentIde.notifications': '[loud](command:workbench.action.quit)' });
  const told = toasts(page).filter({ hasText: 'agentIde.notifications in your editor\'s configuration is "[loud]' });
  await told.waitFor();
  assert.equal(await told.locator('.notification-list-item-message a').count(), 0);
  await panel.locator('summary', { hasText: 'Options' }).click();
  await panel.locator('vscode-textfield[placeholder="a model of mine"]').waitFor();
  await panel.locator('vscode-checkbox[checked]').waitFor();
  await cardsOf(panel).create('shared between windows');
  await cardsOf(panel).reaches('shared between windows', 'readyForReview');
  await cardsOf(panel).card('shared between windows').locator('.facts', { hasText: 'a model of mine' }).waitFor();
  const [branch] = repository.git('branch', '--list', '--format=%(refname:short)', 'agent/*').split('\n');
  assert.deepEqual(repository.git('ls-tree', '--name-only', branch).split('\n'), ['mine.txt', 'readme.txt', 'shared.txt']);
  editor.configure({});
});

test('a key that is set in the editor goes to the model, and into no log, whatever is traced', { skip, timeout: 2 * patience }, async () => {
  const key = 'sk-typed-by-hand-"0123"';
  const repository = made({ 'readme.txt': 'hello\n' });
  const page = await opened(repository.folder);
  const panel = await openPanel(page);
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
  editor.configure({ 'agentIde.trace.server': 'verbose' });
  await palette(page, 'Agent: Set API Key');
  await page.locator('.quick-input-widget:visible input[type="password"]').fill(key);
  await page.keyboard.press('Enter');
  await toasts(page).filter({ hasText: 'The API key is kept' }).waitFor();
  await cardsOf(panel).create('shared between windows');
  await cardsOf(panel).reaches('shared between windows', 'readyForReview');
  assert.equal(model.keys.at(-1), `Bearer ${key}`);

  const logs = readdirSync(path.join(editor.folder, 'data/logs'), { recursive: true }).filter(name => name.endsWith('.log')).map(name => readFileSync(path.join(editor.folder, 'data/logs', name), 'utf8'));
  assert.ok(logs.some(text => text.includes("Sending request 'initialize") && text.includes('"OPENAI_API_KEY": "[key]"')), 'Nothing was traced.');
  assert.ok(logs.every(text => !text.includes('sk-typed-by-hand')));
  editor.configure({});
});

test('two windows on one repository show the same tasks of one coordinator', { skip, timeout: 2 * patience }, async () => {
  const repository = made({ 'readme.txt': 'hello\n' });
  const [left, right] = [await opened(repository.folder), await opened(repository.folder)];
  const [leftPanel, rightPanel] = [await openPanel(left), await openPanel(right)];
  await cardsOf(leftPanel).create('shared between windows');
  const { pid } = repository.coordinator();
  await cardsOf(rightPanel).reaches('shared between windows', 'readyForReview');
  await cardsOf(rightPanel).card('shared between windows').locator('[data-action="accept"]').click();
  await cardsOf(leftPanel).reaches('shared between windows', 'merged');
  assert.equal(repository.text('shared.txt'), 'one\n');
  assert.equal(repository.coordinator().pid, pid);
  assert.deepEqual(coordinatorsOf(repository.folder), [pid]);
});

test('markup in a title or a summary is text on the panel and in messages', { skip, timeout: 2 * patience }, async () => {
  const repository = made({ 'readme.txt': 'hello\n' });
  const page = await opened(repository.folder);
  const panel = await openPanel(page);
  await panel.locator('#prompt textarea').fill(markup);
  await panel.locator('[data-action="create"]:not([disabled])').click();
  const card = panel.locator('.card[data-state="readyForReview"]');
  await card.waitFor();
  assert.match(await card.locator('.title').innerText(), /^\[here\]\(command:noop\) <img src=x/);
  assert.equal(await card.locator('.said').innerText(), '<i>done</i> [link](command:workbench.action.files.newUntitledFile)');
  assert.equal(await panel.locator('img, .card b:not(.what b), .card i:not(.bar i), .card a').count(), 0);
  assert.equal(await panel.locator('body').getAttribute('data-owned'), null);

  const toast = toasts(page).filter({ hasText: 'ready for review' });
  await toast.waitFor();
  assert.equal(await toast.locator('.notification-list-item-message a').count(), 0);
  assert.equal(await toast.locator('img').count(), 0);
  await card.locator('[data-action="accept"]').click();
  const merged = toasts(page).filter({ hasText: 'was merged' });
  await merged.waitFor();
  assert.equal(await merged.locator('.notification-list-item-message a').count(), 0);
});

test('odd names, a deleted, a moved, a binary and a large file can all be reviewed', { skip, timeout: 3 * patience }, async () => {
  const repository = made({ 'gone.txt': 'was here\n', 'old name.txt': 'moved\nas it is\n' });
  const page = await opened(repository.folder);
  const panel = await openPanel(page);
  await cardsOf(panel).create('every kind of file');
  await cardsOf(panel).reaches('every kind of file', 'readyForReview');
  await cardsOf(panel).card('every kind of file').locator('[data-action="review"]').click();
  await page.locator('.multiDiffEntry').first().waitFor();
  await palette(page, 'Notifications: Clear All Notifications');

  const openChange = async name => {
    await page.locator('.part.sidebar .monaco-list-row', { hasText: name }).click();
    await page.locator(`.tab.active[aria-label*="${name}"]`).waitFor();
  };
  const side = (which, text) => page.locator(`.editor-instance .editor.${which} .view-lines`, { hasText: text }).waitFor();
  await openChange(oddName);
  await side('modified', 'odd');
  await openChange('gone.txt');
  await side('original', /was.here/);
  await openChange('näme.txt');
  await side('modified', /as.it.is/);
  await side('original', /as.it.is/);
  await openChange('binary.bin');
  await side('modified', /binary.file/);
  await openChange('large.txt');
  await side('modified', 'xxxxxxxx');

  await cardsOf(panel).card('every kind of file').locator('[data-action="accept"]').click();
  await cardsOf(panel).reaches('every kind of file', 'merged');
  assert.equal(repository.text(oddName), 'odd\n');
  assert.equal(existsSync(repository.file('gone.txt')), false);
  assert.equal(repository.text('new/näme.txt'), 'moved\nas it is\n');
  assert.equal(repository.git('status', '--porcelain'), '');
});

/**
 * Processes that serve a repository, by what the kernel knows of their command lines. A process that one of them has just forked has its
 * command line too, until it runs a program of its own.
 */
function coordinatorsOf(folder) {
  const parents = new Map(readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number).flatMap(pid => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (!words.includes('coordinator') || !words.some(word => word.startsWith(folder))) return [];
      return [[pid, Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1])]];
    } catch {
      // It ended meanwhile.
      return [];
    }
  }));
  return [...parents].filter(([, parent]) => !parents.has(parent)).map(([pid]) => pid);
}
