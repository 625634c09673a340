// A conflict of several files in a real VS Code: the merge editor on some, a choice of side for another, a reload in the middle.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { call, cardsOf, edit, finish, makeFolder, modelAt, read } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openPanel, palette, patience, reasonToSkip, startEditor, toasts } from './workbench.mjs';

const skip = reasonToSkip();
const prompt = 'rename what is counted';
const script = {
  [prompt]: [
    read('one.txt'), edit('one.txt', 'line 2', 'line 2 by the agent'), read('two ü.txt'), edit('two ü.txt', 'line 2', 'line 2 by the agent'),
    call('delete_file', { path: 'gone.txt' }), finish('Renamed.'),
  ],
};

/** By which the texts of one file are told from those of another. The letters tell whether they were read and written in the encoding they have. */
const firstLine = name => `the file ${name}, naïve 你好`;
const content = (name, second) => `${firstLine(name)}\n${second}\nline 3\n`;

let repository;
let model;
let editor;
let page;
let panel;

const reaches = state => cardsOf(panel).reaches(prompt, state);
const press = action => cardsOf(panel).card(prompt).locator(`[data-action="${action}"]`).click();
const tab = name => page.locator('.tab', { hasText: `Merging: ${name}` });

/** Shows a file's merge editor, with its own texts on all sides. */
async function show(name) {
  await tab(name).click();
  const own = page.locator('.merge-editor .code-view .view-lines', { hasText: firstLine(name) });
  for (const side of [0, 1, 2]) await own.nth(side).waitFor();
}

/** Takes one side at all places of what is shown; the left one is the branch, the right one the task. A file that is still being loaded ignores it. */
async function take(side, text) {
  const result = page.locator('.merge-editor .code-view.result .view-lines', { hasText: text });
  for (const end = Date.now() + patience; ; ) {
    await page.locator('.merge-editor .code-view.input')[side]().locator('a[aria-label^="Accept All"]').click();
    try {
      return await result.waitFor({ timeout: 3_000 });
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

/** Said when the first of the files is open. */
const opened = () => toasts(page).filter({ hasText: 'Merge the 2 files' }).first().waitFor();
const acceptButton = () => page.locator('.editor-actions a[aria-label^="Accept and Merge with What Was Resolved"]');

before(async () => {
  if (skip) return;
  const files = ['one.txt', 'two ü.txt', 'gone.txt'];
  repository = makeFolder(Object.fromEntries(files.map(name => [name, content(name, 'line 2')])));
  model = await startModel(script);
  // Of files, not of what git holds: a result of ours is UTF-8 all the same.
  editor = await startEditor({ environment: modelAt(model), userSettings: { 'files.encoding': 'gbk' } });
  page = await editor.open(repository.folder);
  panel = await openPanel(page);
  await cardsOf(panel).create(prompt);
  await reaches('readyForReview');
  for (const name of files) repository.write(name, content(name, 'line 2 by me'));
  repository.git('commit', '--quiet', '--all', '--message=Meanwhile');
});

after(async () => {
  await editor?.close();
  await model?.stop();
  repository?.remove();
});

test('each file of a conflict is decided in its own way, a reload loses nothing, and all lands as one commit', { skip, timeout: 4 * patience }, async () => {
  await press('accept');
  await toasts(page).filter({ hasText: 'one.txt' }).locator('.monaco-button', { hasText: 'Resolve Conflict' }).click();
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'As the agent has it' }).click();
  await opened();
  await show('one.txt');
  await take('last', 'by the agent');
  await page.keyboard.press('Control+S');
  await page.locator('.tab.dirty', { hasText: 'Merging: one.txt' }).waitFor({ state: 'detached' });
  assert.equal(repository.git('status', '--porcelain'), '');

  await page.reload({ waitUntil: 'domcontentloaded' });
  panel = await openPanel(page, { mayBeOpen: true });
  await reaches('conflict');
  await press('resolve');
  await opened();
  // The first one is decided, so it is the other that is shown.
  await page.locator('.tab.active', { hasText: 'Merging: two ü.txt' }).waitFor();
  await show('two ü.txt');
  await take('first', 'by me');
  await acceptButton().click();

  await reaches('merged');
  assert.equal(repository.text('one.txt'), content('one.txt', 'line 2 by the agent'));
  assert.equal(repository.text('two ü.txt'), content('two ü.txt', 'line 2 by me'));
  assert.equal(existsSync(repository.file('gone.txt')), false);
  assert.equal(repository.git('status', '--porcelain'), '');
  assert.equal(repository.git('rev-list', '--count', 'HEAD'), '3');
  await tab('two ü.txt').waitFor({ state: 'detached' });
});

test('Complete Merge of the merge editor leads to the accept, and what the branch has changed since is not lost', { skip, timeout: 4 * patience }, async () => {
  const git = repository.git;
  await cardsOf(panel).card(prompt).waitFor();
  git('reset', '--quiet', '--hard', 'HEAD~1');
  await palette(page, 'Notifications: Clear All Notifications');
  await press('restore');
  await reaches('readyForReview');
  await press('accept');
  await toasts(page).filter({ hasText: 'one.txt' }).locator('.monaco-button', { hasText: 'Resolve Conflict' }).click();
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'As main has it' }).click();
  await opened();
  await palette(page, 'Notifications: Clear All Notifications');
  const complete = async name => {
    await take('last', 'by the agent');
    await palette(page, 'Merge Editor: Complete Merge');
    await tab(name).waitFor({ state: 'detached' });
  };
  await show('one.txt');
  assert.equal(await tab('two ü.txt').count(), 0);
  await complete('one.txt');
  await show('two ü.txt');
  repository.write('two ü.txt', content('two ü.txt', 'line 2 by me, later'));
  git('commit', '--quiet', '--all', '--message=Later');
  await complete('two ü.txt');
  await toasts(page).filter({ hasText: 'with what was resolved?' }).locator('.monaco-button', { hasText: 'Accept and Merge' }).click();
  const told = toasts(page).filter({ hasText: 'main has changed it since' });
  await told.waitFor();
  assert.match(repository.text('two ü.txt'), /by me, later/);
  await told.locator('.monaco-button', { hasText: 'Resolve Again' }).click();
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'As main has it' }).click();
  await show('one.txt');
  await complete('one.txt');
  await show('two ü.txt');
  await page.locator('.merge-editor .code-view.input').first().locator('.view-lines', { hasText: 'by me, later' }).waitFor();

  await page.locator('.tab', { hasText: 'Merging: two ü.txt' }).locator('.codicon-close').click();
  await page.locator('.monaco-dialog-box .monaco-button', { hasText: "Don't Save" }).click();
  await toasts(page).filter({ hasText: 'Not merged yet: two ü.txt' }).locator('.monaco-button', { hasText: 'Go On Resolving' }).click();
  await show('two ü.txt');
  await complete('two ü.txt');
  await toasts(page).filter({ hasText: 'with what was resolved?' }).locator('.monaco-button', { hasText: 'Accept and Merge' }).click();
  await reaches('merged');
  assert.equal(repository.text('two ü.txt'), content('two ü.txt', 'line 2 by the agent'));
  assert.equal(repository.text('gone.txt'), content('gone.txt', 'line 2 by me'));
});
