// Part of a task: hunks and files with their check boxes, by mouse and by keyboard, while others may accept as well.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { cardsOf, edit, finish, makeFolder, modelAt, visibleText, write } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openPanel, palette, patience, reasonToSkip, startEditor, toasts } from './workbench.mjs';

const skip = reasonToSkip();
const text = Array.from({ length: 60 }, (_, index) => `line ${index + 1}\n`).join('');
const edited = (...lines) => lines.reduce((all, line) => all.replace(`line ${line}\n`, `line ${line} by the agent\n`), text);
const edits = (file, ...lines) => lines.map(line => edit(file, `line ${line}\n`, `line ${line} by the agent\n`));

const inPart = 'change three lines';
const byTwo = 'change three other lines';
const toComment = 'write a line to talk about';
const script = {
  [inPart]: [...edits('text.txt', 5, 30, 58), write('new.txt', 'new\n'), finish('Three lines and a file.')],
  [toComment]: [write('said.txt', 'said\n'), finish('A line.'), finish('Heard.')],
  [byTwo]: [...edits('more.txt', 10, 20, 40), finish('Three lines.')],
};

let repository;
let model;
let editor;
let page;
let panel;

const card = title => cardsOf(panel).card(title);
const reaches = (title, state) => cardsOf(panel).reaches(title, state);
const changes = () => page.locator('.part.sidebar .pane', { has: page.locator('.pane-header', { hasText: /^\s*Changes/i }) });
const row = content => changes().locator('.monaco-list-row', { hasText: content });
const box = content => row(content).locator('.custom-view-tree-node-item-checkbox');
const isChecked = async content => (await row(content).getByRole('checkbox').getAttribute('aria-checked')) === 'true';

async function clearToasts() {
  await palette(page, 'Notifications: Clear All Notifications');
  await toasts(page).first().waitFor({ state: 'detached' });
}

/** Opens the review of a task from its card, until the Changes view is about it. */
async function review(title, file) {
  await card(title).locator('[data-action="review"]').click();
  await changes().locator('.pane-header .description', { hasText: title }).waitFor();
  await row(file).filter({ hasText: '+3 −3' }).waitFor();
}

/** Waits for what a check box says: the tree is drawn again for each change. */
const becomes = (content, checked) => row(content).locator(`[role="checkbox"][aria-checked="${checked}"]`).waitFor();

before(async () => {
  if (skip) return;
  repository = makeFolder({ 'text.txt': text, 'more.txt': text });
  model = await startModel(script);
  editor = await startEditor({ environment: modelAt(model) });
  page = await editor.open(repository.folder);
  panel = await openPanel(page);
});

after(async () => {
  await editor?.close();
  await model?.stop();
  repository?.remove();
});

test('while nothing is reviewed the panel has the side bar for itself', { skip, timeout: patience }, async () => {
  await panel.locator('.empty').waitFor();
  assert.equal(await changes().count(), 0);
});

test('a file opens into its hunks, whose check boxes agree with its own, and what is checked is merged', { skip, timeout: 3 * patience }, async () => {
  await cardsOf(panel).create(inPart);
  await reaches(inPart, 'readyForReview');
  await review(inPart, 'text.txt');
  assert.equal(await row('new.txt').locator('.monaco-tl-twistie.collapsible').count(), 0);
  await row('text.txt').locator('.monaco-tl-twistie').click();
  await row('Line 58').waitFor();
  assert.match(await visibleText(row('Line 30')), /\+1 −1\s+line 30 by the agent/);
  assert.match(await row('Line 30').getAttribute('aria-label'), /Line 30 of text\.txt, 1 line added, 1 removed/);

  await box('Line 30').click();
  await becomes('text.txt', false);
  assert.match(await visibleText(row('text.txt')), /2 of 3 hunks checked/);
  assert.equal(await isChecked('Line 58'), true);
  await box('text.txt').click();
  await becomes('Line 30', true);
  await box('text.txt').click();
  await becomes('Line 30', false);
  await box('new.txt').click();
  await becomes('new.txt', false);
  assert.equal(await isChecked(/Line 5\+/), false);

  // By keyboard, as in any tree: the arrows, the space bar for the check box, Enter to look.
  await row('Line 30').click();
  await page.locator('.editor-instance .editor.modified .view-line', { hasText: 'line 30 by the agent' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('.editor-instance .editor.modified .view-line', { hasText: 'line 58 by the agent' }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Space');
  await becomes('Line 30', true);
  await page.keyboard.press('Space');
  await becomes('Line 30', false);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await becomes('Line 58', true);
  await box('new.txt').click();
  await becomes('new.txt', true);

  await clearToasts();
  await palette(page, 'Agent: Accept Checked');
  await toasts(page).filter({ hasText: '1 file remains' }).waitFor();
  assert.equal(repository.text('text.txt'), edited(58));
  assert.equal(repository.text('new.txt'), 'new\n');
  for (const landed of ['Line 58', 'new.txt']) await row(landed).waitFor({ state: 'detached' });
  await becomes('Line 30', true);
  await becomes('text.txt', true);
});

test('a single step says that it is one, and all changes are a button away', { skip, timeout: 2 * patience }, async () => {
  await card(inPart).locator('summary', { hasText: 'step' }).click();
  await card(inPart).locator('li').first().locator('button.link').first().click();
  await changes().locator('.message', { hasText: 'Only what step 1 changed' }).waitFor();
  await changes().locator('.custom-view-tree-node-item-checkbox').first().waitFor({ state: 'detached' });
  await changes().hover();
  await changes().locator('.action-label[aria-label^="Review All Changes"]').click();
  await becomes('text.txt', true);
  await changes().hover();
  await changes().locator('.action-label[aria-label^="Close Review"]').click();
  await changes().waitFor({ state: 'detached' });
  await card(inPart).locator('[data-action="accept"]').click();
  await reaches(inPart, 'merged');
  assert.equal(repository.text('text.txt'), edited(5, 30, 58));
});

test('a hunk that was looked at before the command line accepted another is not merged, and a look again shows what remains', { skip, timeout: 3 * patience }, async () => {
  await cardsOf(panel).create(byTwo);
  await reaches(byTwo, 'readyForReview');
  await review(byTwo, 'more.txt');
  await row('more.txt').locator('.monaco-tl-twistie').click();
  await becomes('Line 20', true);
  await box('more.txt').click();
  await becomes('Line 20', false);
  await box('Line 20').click();
  await becomes('Line 20', true);

  const id = await card(byTwo).getAttribute('data-task-id');
  execFileSync(editor.server, ['accept', id, '--hunk', 'more.txt:0'], { cwd: repository.folder, env: editor.environment });
  await changes().locator('.message', { hasText: 'Part of this has been accepted elsewhere' }).waitFor();
  const head = repository.git('rev-parse', 'HEAD');
  await clearToasts();
  await palette(page, 'Agent: Accept Checked');
  await toasts(page).filter({ hasText: 'Nothing was merged' }).locator('.monaco-button', { hasText: 'Review Again' }).click();
  await row('Line 10').waitFor({ state: 'detached' });
  await becomes('more.txt', true);
  assert.equal(repository.git('rev-parse', 'HEAD'), head);

  await palette(page, 'Agent: Accept Checked');
  await reaches(byTwo, 'merged');
  assert.equal(repository.text('more.txt'), edited(10, 20, 40));
  await changes().waitFor({ state: 'detached' });
});

test('a comment that cannot be sent stays in its box, one that was sent is shown as sent, and goes with the review', { skip, timeout: 3 * patience }, async () => {
  await cardsOf(panel).create(toComment);
  await reaches(toComment, 'readyForReview');
  const id = await card(toComment).getAttribute('data-task-id');
  const run = verb => execFileSync(editor.server, [verb, id], { cwd: repository.folder, env: editor.environment });
  await card(toComment).locator('[data-action="review"]').click();
  await row('said.txt').click();
  await page.locator('.tab.active[aria-label*="said.txt"]').waitFor();
  await page.locator('.editor-instance .editor.modified .comment-range-glyph').first().waitFor({ state: 'attached' });
  await page.locator('.editor-instance .editor.modified .view-line').first().click();
  await palette(page, 'Add Comment on Current Selection');
  // The review of all files shows it as well, for a moment beside the file's own editor.
  const box = page.locator('.review-widget:visible').first();
  await box.locator('.monaco-editor').first().waitFor();
  await page.keyboard.type('Say it louder');
  const send = box.locator('.monaco-button', { hasText: 'Send to Agent' });

  run('discard');
  await reaches(toComment, 'discarded');
  await changes().waitFor({ state: 'detached' });
  await send.click();
  await toasts(page).filter({ hasText: 'discarded' }).first().waitFor();
  await clearToasts();
  assert.match(await visibleText(box.locator('.view-lines').first()), /Say it louder/);

  run('restore');
  await reaches(toComment, 'readyForReview');
  await send.click();
  await card(toComment).locator('.said', { hasText: 'Heard.' }).waitFor();
  await box.locator('.comment-body', { hasText: 'Say it louder' }).waitFor();
  await send.waitFor({ state: 'hidden' });
  assert.match(JSON.stringify(model.requests.at(-1).messages), /said\.txt:1: Say it louder/);

  await card(toComment).locator('[data-action="review"]').click();
  await changes().locator('.pane-header .description', { hasText: toComment }).waitFor();
  await row('said.txt').click();
  await box.locator('.comment-body', { hasText: 'Say it louder' }).waitFor();
  await changes().hover();
  await changes().locator('.action-label[aria-label^="Close Review"]').click();
  await page.locator('.review-widget').first().waitFor({ state: 'detached' });
});
