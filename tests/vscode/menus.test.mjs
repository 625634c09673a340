// What is offered where somebody is: the light bulb, the editor's menu and the key binding on code; the buttons of a card and of its steps on a task.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cardsOf, finish, makeFolder, modelAt, write } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openFile, openPanel, palette, patience, reasonToSkip, startEditor, toasts } from './workbench.mjs';

const skip = reasonToSkip();
const fix = 'Fix the problems reported here.';
const delegated = 'say it twice';
const two = 'write two files';
const otherwise = 'the second one otherwise';
const script = {
  [fix]: [write('prices.json', '{ "tea": 350 }\n'), finish('Tea has a price.')],
  [delegated]: [finish('Said.')],
  // Its first turn is that of the task that it is forked from.
  [otherwise]: [undefined, write('other.txt', 'other\n'), finish('Another one.')],
  [two]: [write('first.txt', '1\n'), write('second.txt', '2\n'), finish('Two files.')],
};

let repository;
let model;
let editor;
let page;
let panel;

const card = text => cardsOf(panel).card(text);
const reaches = (text, state) => cardsOf(panel).reaches(text, state);
const action = (text, name) => card(text).locator(`[data-action="${name}"]`);
const onStep = (text, step, title) => card(text).locator('li', { hasText: step }).locator(`[title="${title}"]`);
const said = () => JSON.stringify(model.requests.at(-1).messages);
const question = () => page.locator('.quick-input-widget:visible', { hasText: 'Delegate ' }).locator('input[placeholder^="Say what should be done"]');

/**
 * Takes an offer of the light bulb. Its list is gone at once when something else takes the keyboard, as a window that has just been opened
 * may do, so it is opened again then; and it lies behind something that lets nothing through until the mouse moves.
 */
async function choose(open, title) {
  const offer = page.locator('.action-widget .monaco-list-row', { hasText: title });
  const attempts = 6;
  for (let attempt = 1; ; attempt++) {
    await open();
    try {
      await offer.waitFor({ timeout: patience / attempts });
      break;
    } catch (error) {
      if (attempt === attempts) throw error;
      await page.keyboard.press('Escape');
    }
  }

  await offer.hover({ force: true });
  await offer.click();
}

/** Shows a file, with the cursor at the end of its first line. */
async function show(name, text) {
  await openFile(page, name);
  await page.locator('.tab.active', { hasText: name }).waitFor();
  await page.locator('.editor-instance .view-line', { hasText: text }).first().click();
}

before(async () => {
  if (skip) return;
  repository = makeFolder({ 'prices.json': '{ "tea": }\n', 'notes.txt': 'hello\n' });
  model = await startModel(script);
  editor = await startEditor({ environment: modelAt(model) });
  page = await editor.open(repository.folder);
  panel = await openPanel(page);
  // What the light bulb offers it asks for when it opens: by then somebody has to be there.
  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
});

after(async () => {
  await editor?.close();
  await model?.stop();
  repository?.remove();
});

test('the light bulb on a problem begins a task that is told the problem, and on a selection one that is told the lines', { skip, timeout: 3 * patience }, async () => {
  await show('prices.json', 'tea');
  await page.locator('.editor-instance .squiggly-error').first().waitFor();
  await choose(async () => {
    await page.locator('.editor-instance .view-line', { hasText: 'tea' }).first().click();
    await page.keyboard.press('Control+.');
  }, 'Fix with agent');
  await question().waitFor();
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Fix the problem here' }).click();
  await reaches(fix, 'readyForReview');
  assert.match(said(), /Reported there:\\n- prices\.json:1: Value expected \(json\)/);

  // The panel comes into sight by itself, and the cursor stays in the editor.
  await palette(page, 'View: Show Explorer');
  await page.locator('.explorer-folders-view').waitFor();
  await show('notes.txt', 'hello');
  await page.keyboard.press('Control+A');
  await choose(() => page.locator('.editor-instance .codicon-light-bulb, .editor-instance [class*="codicon-gutter-lightbulb"]').first().click(), 'Delegate selection to agent');
  await question().fill(delegated);
  await page.keyboard.press('Enter');
  await reaches(delegated, 'readyForReview');
  await page.locator('.editor-instance .monaco-editor.focused').waitFor();
  assert.match(said(), /This is about notes\.txt, line 1, which in the editor are:\\n```plaintext\\nhello/);
});

test('the editor\'s menu and the key binding ask what to do with the selection', { skip, timeout: 2 * patience }, async () => {
  await show('notes.txt', 'hello');
  await page.locator('.editor-instance .view-line', { hasText: 'hello' }).first().click({ button: 'right' });
  // A menu takes no clicks while it is quite new.
  await page.locator('.monaco-menu .action-item', { hasText: 'Delegate Selection to Agent' }).hover();
  await page.keyboard.press('Enter');
  await question().waitFor();
  await page.keyboard.press('Escape');
  await question().waitFor({ state: 'detached' });
  await page.locator('.editor-instance .view-line', { hasText: 'hello' }).first().click();
  await page.keyboard.press('Control+K');
  await page.keyboard.press('Control+G');
  await question().waitFor();
  await page.keyboard.press('Escape');
});

test('a step is forked from its row, and a worktree opens in a window of its own', { skip, timeout: 3 * patience }, async () => {
  await cardsOf(panel).create(two);
  await reaches(two, 'readyForReview');
  await card(two).locator('summary').click();
  await onStep(two, 'first.txt', 'Fork from this step').click();
  await page.locator('.quick-input-widget:visible', { hasText: 'at step 1' }).locator('input').fill(otherwise);
  await page.keyboard.press('Enter');
  await panel.locator('.card .said', { hasText: 'Another one.' }).waitFor();
  const fork = panel.locator('.card', { hasText: 'Another one.' });
  const id = await fork.getAttribute('data-task-id');
  assert.deepEqual(repository.git('ls-tree', '--name-only', `agent/${id}`).split('\n').sort(), ['first.txt', 'notes.txt', 'other.txt', 'prices.json']);

  const [window] = await Promise.all([page.context().waitForEvent('page', { timeout: patience }), fork.locator('[data-action="openWorktree"]').click()]);
  await window.locator('.explorer-folders-view .monaco-list-row', { hasText: 'other.txt' }).waitFor();
  assert.equal(new URL(window.url()).searchParams.get('folder'), `${repository.folder}/.worktrees/${id}`);
  await window.close();
});

test('what was discarded is brought back from its message, and has no way back meanwhile', { skip, timeout: 2 * patience }, async () => {
  await palette(page, 'Notifications: Clear All Notifications');
  await action(two, 'discard').click();
  await reaches(two, 'discarded');
  await onStep(two, 'first.txt', 'Fork from this step').waitFor();
  assert.equal(await onStep(two, 'first.txt', 'Roll back to this step').count(), 0);
  assert.equal(await action(two, 'openWorktree').count(), 0);
  await toasts(page).filter({ hasText: `“${two}” was discarded.` }).locator('.monaco-button', { hasText: 'Undo' }).click();
  await reaches(two, 'readyForReview');
  await onStep(two, 'first.txt', 'Roll back to this step').waitFor();
  await action(two, 'openWorktree').waitFor();
});
