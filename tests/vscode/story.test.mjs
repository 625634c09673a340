// A new user's way, by the walkthrough alone; then a day's work, of which README's pictures are taken.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { call, cardsOf, edit, finish, makeFolder, modelAt, read, visibleText, write } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openFile, openPanel, palette, patience, reasonToSkip, startEditor, toasts } from './workbench.mjs';

const skip = reasonToSkip();

const cart = `import { prices } from './prices.js';

/** Sum of a cart, in cents. */
export function total(cart) {
  let sum = 0;
  for (const item of cart) {
    sum += prices[item.id] * item.count;
  }
  return sum;
}

/** The line that the receipt ends with. */
export function receiptLine(cart) {
  return 'Total: ' + total(cart);
}
`;

const greeting = 'Say good morning instead of hello';
const rounding = 'Show the total in euros with two decimals';
const unknown = 'Refuse a cart with an item that has no price';
const checks = 'Run the checks and fix what fails';
const currency = 'Let the receipt name the currency';

const script = {
  [greeting]: [read('src/greeting.js'), edit('src/greeting.js', 'Hello', 'Good morning'), finish('The greeting says good morning.')],
  [rounding]: [
    read('src/cart.js'),
    edit('src/cart.js', "  return 'Total: ' + total(cart);", "  return `Total: ${(total(cart) / 100).toFixed(2)} €`;"),
    write('test/receipt.test.js', "import assert from 'node:assert/strict';\nimport test from 'node:test';\nimport { receiptLine } from '../src/cart.js';\n\ntest('a receipt ends with the total in euros', () => {\n  assert.equal(receiptLine([{ id: 'tea', count: 2 }]), 'Total: 7.00 €');\n});\n"),
    finish('The receipt shows euros with two decimals, and a test says so.'),
  ],
  [unknown]: [
    read('src/cart.js'),
    { ...edit('src/cart.js', '    sum += prices[item.id] * item.count;', '    if (!(item.id in prices)) throw new Error(`No price for ${item.id}.`);\n    sum += prices[item.id] * item.count;'), delayMs: 300 },
    { ...call('search_codebase', { pattern: 'total(', kind: 'text' }), delayMs: 300 },
    { ...finish('Late.'), delayMs: 120_000 },
  ],
  [checks]: [call('run_command', { command: 'node --test test/' })],
  [currency]: [read('src/cart.js'), edit('src/cart.js', "  return 'Total: ' + total(cart);", "  return 'Total in cents: ' + total(cart);"), finish('The receipt names the unit.')],
};

let repository;
let model;
let editor;
let page;
let panel;

const card = text => cardsOf(panel).card(text);
const reaches = (text, state) => cardsOf(panel).reaches(text, state);

/** For README, where AGENT_IDE_SHOTS says where to. Messages are hidden: they are half drawn when they come. */
async function picture(name) {
  await palette(page, 'Notifications: Clear All Notifications');
  await toasts(page).first().waitFor({ state: 'detached' });
  await page.mouse.move(900, 780);
  await page.screenshot({ path: path.join(editor.shots, `${name}.png`) });
}

before(async () => {
  if (skip) return;
  repository = makeFolder({
    'src/cart.js': cart,
    'src/greeting.js': "export const greeting = name => `Hello, ${name}!`;\n",
    'src/prices.js': 'export const prices = { tea: 350, coffee: 420, cake: 510 };\n',
    'package.json': '{ "name": "tearoom", "type": "module", "private": true }\n',
  }, 'tearoom');
  model = await startModel(script);
  editor = await startEditor({ environment: modelAt(model), configuration: 'agent_session:\n  tools:\n    - { name: run_command, approval: always }\n' });
  page = await editor.open(repository.folder);
  await page.setViewportSize({ width: 1280, height: 800 });
});

after(async () => {
  await editor?.close();
  await model?.stop();
  repository?.remove();
});

test('by the walkthrough alone, a new user gets a change of an agent merged', { skip, timeout: 3 * patience }, async () => {
  panel = await openPanel(page);
  await panel.locator('.empty [data-action="walkthrough"]').click();
  const step = title => page.locator('.getting-started-step', { has: page.locator('.step-title', { hasText: title }) });
  const press = async (title, button) => {
    await page.locator('.tab', { hasText: /Walkthrough/ }).click();
    if (!(await step(title).locator('.monaco-button', { hasText: button }).isVisible())) await step(title).locator('.step-title').click();
    await step(title).locator('.monaco-button', { hasText: button }).click();
  };
  await step('Open a git repository').waitFor();
  await press('Check your setup', 'Check Setup');
  await toasts(page).filter({ hasText: /Everything is there|sandbox|model|git/ }).first().waitFor();

  await press('Write a task', 'New Task');
  await page.locator('.quick-input-widget:visible input').fill(greeting);
  await page.keyboard.press('Enter');
  await reaches(greeting, 'readyForReview');

  await press('Review the changes', 'Review Changes');
  await page.locator('.multiDiffEntry .line-insert').first().waitFor();
  assert.match(await visibleText(page.locator('.multiDiffEntry .editor.modified .view-lines').first()), /Good morning/);

  await press('Accept, or discard', 'Accept and Merge');
  await reaches(greeting, 'merged');
  assert.match(repository.text('src/greeting.js'), /Good morning/);
  assert.match(repository.git('log', '-1', '--format=%an'), /Tess Ter/);
  await palette(page, 'View: Close All Editors');
});

test('three tasks work side by side, one asks, and the editor is free', { skip, timeout: 3 * patience }, async () => {
  const sash = await page.locator('.part.sidebar').boundingBox();
  await page.mouse.move(sash.x + sash.width, 400);
  await page.mouse.down();
  await page.mouse.move(sash.x + 400, 400, { steps: 5 });
  await page.mouse.up();
  await openFile(page, 'cart.js');
  await page.locator('.tab.active[aria-label*="cart.js"]').waitFor();
  await cardsOf(panel).create(rounding);
  await reaches(rounding, 'readyForReview');
  await cardsOf(panel).create(checks);
  await reaches(checks, 'waitingForApproval');
  await cardsOf(panel).create(unknown);
  await card(unknown).locator('summary', { hasText: '3 steps' }).click();
  await card(unknown).locator('li').nth(2).waitFor();
  await picture('panel');
});

test('a review shows both sides of every file', { skip, timeout: 2 * patience }, async () => {
  await card(rounding).locator('[data-action="review"]').click();
  await page.locator('.multiDiffEntry .editor.modified .view-lines', { hasText: 'toFixed(2)' }).waitFor();
  assert.match(await visibleText(page.locator('.multiDiffEntry .editor.original .view-lines').first()), /'Total: ' \+ total\(cart\)/);
  await page.locator('.multiDiffEntry .editor.modified .view-lines', { hasText: 'receiptLine([' }).waitFor();
  await card(rounding).locator('[data-action="review"]').scrollIntoViewIfNeeded();
  await picture('review');
});

test('the second of two tasks that changed one line is a conflict', { skip, timeout: 3 * patience }, async () => {
  for (const [title, action] of [[unknown, 'stop'], [checks, 'stop']]) {
    await card(title).locator(`[data-action="${action}"]`).click();
    await reaches(title, 'stopped');
    await card(title).locator('[data-action="discard"]').click();
    await reaches(title, 'discarded');
  }

  await cardsOf(panel).create(currency);
  await reaches(currency, 'readyForReview');
  await card(rounding).locator('[data-action="accept"]').click();
  await reaches(rounding, 'merged');
  await palette(page, 'View: Close All Editors');
  await card(currency).locator('[data-action="accept"]').click();
  await reaches(currency, 'conflict');
  await toasts(page).filter({ hasText: 'src/cart.js' }).waitFor();
  assert.match(repository.text('src/cart.js'), /toFixed\(2\)/);
});

test('a conflict opens the merge editor, and what is decided there is merged', { skip, timeout: 3 * patience }, async () => {
  const view = side => page.locator(`.merge-editor .code-view.${side}`);
  const accept = page.locator('.editor-actions a[aria-label^="Accept and Merge with What Was Resolved"]');
  await card(currency).locator('[data-action="resolve"]').click();
  await view('input').first().locator('.view-lines', { hasText: 'toFixed(2)' }).waitFor();
  await view('input').last().locator('.view-lines', { hasText: 'Total in cents' }).waitFor();
  await card(currency).scrollIntoViewIfNeeded();
  await picture('conflict');

  // Nothing is decided yet: the result is as it was before both.
  await accept.click();
  await toasts(page).filter({ hasText: 'neither the change of main nor the task' }).waitFor();
  await reaches(currency, 'conflict');
  assert.match(repository.text('src/cart.js'), /toFixed\(2\)/);
  await palette(page, 'Notifications: Clear All Notifications');

  await view('input').last().locator('.merge-editor-conflict-actions a', { hasText: 'Accept Agent' }).click();
  await view('result').locator('.view-lines', { hasText: 'Total in cents' }).waitFor();
  await accept.click();
  await reaches(currency, 'merged');
  assert.match(repository.text('src/cart.js'), /Total in cents/);
  assert.equal(repository.git('status', '--porcelain'), '');
  assert.match(repository.git('log', '-1', '--format=%b'), /Agent-Task: /);
  await page.locator('.merge-editor').waitFor({ state: 'detached' });
});
