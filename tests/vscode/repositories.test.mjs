// A window on folders of two repositories: one panel for both, and everything goes to the repository it belongs to.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { cardsOf, finish, makeFolder, modelAt, write } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openFile, openPanel, palette, patience, reasonToSkip, startEditor, toasts } from './workbench.mjs';

const skip = reasonToSkip();
const script = {
  'the same in both': [write('made.txt', 'made\n'), finish('Made.')],
  'of this file': [write('delegated.txt', 'delegated\n'), finish('Delegated.')],
};

let editor;
let model;
let page;
let folders = [];

before(async () => {
  if (skip) return;
  model = await startModel(script);
  // The same task on the same commit then has the same id in both repositories.
  editor = await startEditor({ environment: { ...modelAt(model), SOURCE_DATE_EPOCH: '1700000000' } });
});

afterEach(async () => {
  await page?.goto('about:blank');
  await page?.close();
  page = undefined;
});

after(async () => {
  await editor?.close();
  await model?.stop();
  for (const folder of folders) folder.remove();
});

/** Two repositories with the same history, and a window's file that names folders of them. */
function twoRepositories() {
  const app = makeFolder({ 'readme.txt': 'hello\n', 'src/app.txt': 'one\n' }, 'app');
  const lib = makeFolder(undefined, 'lib');
  execFileSync('git', ['clone', '--quiet', app.folder, lib.folder]);
  lib.git('config', 'user.name', 'Tess Ter');
  lib.git('config', 'user.email', 'tess@example.com');
  const notes = makeFolder(undefined, 'notes');
  folders.push(app, lib, notes);
  const file = path.join(notes.folder, 'both.code-workspace');
  const open = (...paths) => writeFileSync(file, JSON.stringify({ folders: paths.map(each => ({ path: each })) }));
  return { app, lib, notes, file, open };
}

/** Chooses a repository in the composer and starts a task there. */
async function createIn(panel, repository, prompt) {
  await panel.locator('#repository').selectOption(repository);
  await panel.locator('#prompt textarea').fill(prompt);
  await panel.locator('[data-action="create"]:not([disabled])').click();
  await panel.locator('#prompt textarea').and(panel.locator(':not([disabled])')).waitFor();
}

const cardIn = (panel, repository, state) =>
  panel.locator(`.card${state === undefined ? '' : `[data-state="${state}"]`}`, { has: panel.locator('.repository', { hasText: repository }) });

test('two repositories: tasks of equal ids are shown with their repository, and each is merged into its own', { skip, timeout: 3 * patience }, async () => {
  const { app, lib, notes, file, open } = twoRepositories();
  open(notes.folder, path.join(app.folder, 'src'), app.folder, lib.folder);
  page = await editor.open(file);
  const panel = await openPanel(page);
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
  assert.deepEqual(await panel.locator('#repository option').allInnerTexts(), ['app', 'lib']);
  await createIn(panel, 'app', 'the same in both');
  await cardIn(panel, 'app', 'readyForReview').waitFor();
  await createIn(panel, 'lib', 'the same in both');
  await cardIn(panel, 'lib', 'readyForReview').waitFor();
  const ids = await Promise.all(['app', 'lib'].map(name => cardIn(panel, name).getAttribute('data-task-id')));
  assert.equal(ids[0].replace(/^app\//, ''), ids[1].replace(/^lib\//, ''), 'The ids were to be equal.');

  for (const name of ['app', 'lib']) await toasts(page).filter({ hasText: `${name}: the same in both: ready for review` }).waitFor();
  await palette(page, 'Notifications: Clear All Notifications');
  await cardIn(panel, 'lib').locator('[data-action="review"]').click();
  await page.locator('.multiDiffEntry').first().waitFor();
  await cardIn(panel, 'lib').locator('[data-action="accept"]').click();
  await cardIn(panel, 'lib', 'merged').waitFor();
  assert.equal(lib.text('made.txt'), 'made\n');
  assert.equal(app.git('log', '--format=%s'), 'first');
  assert.equal(await cardIn(panel, 'app').getAttribute('data-state'), 'readyForReview');
  await cardIn(panel, 'app').locator('[data-action="discard"]').click();
  await cardIn(panel, 'app', 'discarded').waitFor();
  assert.equal(await cardIn(panel, 'lib').getAttribute('data-state'), 'merged');
});

test('two repositories: a selection is delegated to the repository of its file, and the message about it leads there', { skip, timeout: 3 * patience }, async () => {
  const { app, lib, file, open } = twoRepositories();
  lib.write('only-in-lib.txt', 'one\ntwo\n');
  open(app.folder, lib.folder);
  page = await editor.open(file);
  const panel = await openPanel(page);
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
  await openFile(page, 'only-in-lib.txt');
  await page.locator('.tab.active[aria-label*="only-in-lib.txt"]').waitFor();
  await palette(page, 'Agent: Delegate Selection to Agent');
  // Told from the palette's own box, which may still be there, by what it asks for.
  await page.locator('.quick-input-widget:visible input[placeholder^="Say what should be done"]').fill('say more of this file');
  await page.keyboard.press('Enter');
  await cardIn(panel, 'lib', 'readyForReview').waitFor();
  await toasts(page).filter({ hasText: /lib: .*ready for review/ }).getByRole('button', { name: 'Accept' }).click();
  await cardIn(panel, 'lib', 'merged').waitFor();
  assert.equal(lib.text('delegated.txt'), 'delegated\n');
  assert.equal(app.git('log', '--format=%s'), 'first');
});

test('two repositories: one whose folder is closed leaves the panel, and is back with its tasks when it is opened again', { skip, timeout: 3 * patience }, async () => {
  const { app, lib, file, open } = twoRepositories();
  open(app.folder, lib.folder);
  page = await editor.open(file);
  const panel = await openPanel(page);
  await createIn(panel, 'lib', 'the same in both');
  await cardIn(panel, 'lib', 'readyForReview').waitFor();
  open(app.folder);
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
  assert.equal(await panel.locator('#repository').count(), 0);
  await cardsOf(panel).create('the same in both');
  await cardsOf(panel).reaches('the same in both', 'readyForReview');
  assert.equal(await panel.locator('.repository').count(), 0);
  open(app.folder, lib.folder);
  await cardIn(panel, 'lib', 'readyForReview').waitFor();
  await cardIn(panel, 'app', 'readyForReview').waitFor();
});

test('two checkouts of one repository: a selection is delegated in the checkout of its file, told once, and merged there', { skip, timeout: 3 * patience }, async () => {
  const { app, file, open } = twoRepositories();
  const side = path.join(path.dirname(app.folder), 'side');
  app.git('worktree', 'add', '--quiet', '-b', 'other', side);
  writeFileSync(path.join(side, 'only-on-the-side.txt'), 'one\n');
  open(app.folder, side);
  page = await editor.open(file);
  const panel = await openPanel(page);
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
  assert.deepEqual(await panel.locator('#repository option').allInnerTexts(), ['app', 'side']);
  await openFile(page, 'only-on-the-side.txt');
  await page.locator('.tab.active[aria-label*="only-on-the-side.txt"]').waitFor();
  await palette(page, 'Agent: Delegate Selection to Agent');
  await page.locator('.quick-input-widget:visible input[placeholder^="Say what should be done"]').fill('say more of this file');
  await page.keyboard.press('Enter');
  await cardIn(panel, 'side', 'readyForReview').waitFor();
  assert.equal(await panel.locator('.card').count(), 1);
  const told = toasts(page).filter({ hasText: 'ready for review' });
  await told.filter({ hasText: 'side: ' }).waitFor();
  assert.equal(await told.count(), 1);
  await told.getByRole('button', { name: 'Accept' }).click();
  await cardIn(panel, 'side', 'merged').waitFor();
  assert.equal(await panel.locator('.card').count(), 1);
  assert.equal(app.git('show', 'other:delegated.txt'), 'delegated');
  assert.equal(app.git('log', '--format=%s', 'main'), 'first');
});
