// The extension in a real VS Code, against a scripted model server that speaks OpenAI's wire.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { call, cardsOf, edit, finish, makeFolder, modelAt, read, visibleText, write } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openFile, openPanel, palette, patience, reasonToSkip, startEditor, toasts } from './workbench.mjs';

const skip = reasonToSkip();

/** Holds a task in its middle. */
const gate = {};
gate.opened = new Promise(resolve => { gate.open = resolve; });

const script = {
  'make the greeting louder': [read('greet.js'), edit('greet.js', '"hello"', '"HELLO"'), finish('The greeting is louder now.'), edit('greet.js', '"HELLO"', '"HELLO!"'), finish('With an exclamation mark.')],
  'run the command': [call('run_command', { command: 'echo approved > approved.txt' }), finish('It ran.')],
  'shout the name': [read('name.js'), edit('name.js', '"world"', '"WORLD"'), finish('The name is louder now.')],
  'change the shared line': [read('shared.txt'), edit('shared.txt', 'line 2', 'line 2 by the agent'), finish('Changed.')],
  'write two files': [write('not this.txt', 'no\n'), write('this one.txt', 'yes\n'), finish('Two files.')],
  'change what I changed': [read('both.txt'), edit('both.txt', 'line 2', 'line 2 by the agent'), { ...finish('Changed.'), delayMs: 500 }],
  'ask me first': [call('ask_user', { question: 'Which colour?' }), write('first.txt', '1\n'), write('second.txt', '2\n'), finish('Asked.')],
  'take your time': [read('greet.js'), ...Array.from({ length: 6 }, (_, index) => ({ ...write(`slow${index}.txt`, `${index}\n`.repeat(200)), ...(index === 3 ? { until: gate.opened } : {}) })), finish('All written.')],
};

let repository;
let model;
let workbench;
let page;
let panel;

const git = (...words) => repository.git(...words);
const card = text => cardsOf(panel).card(text);
const reaches = (text, state) => cardsOf(panel).reaches(text, state);
const create = prompt => cardsOf(panel).create(prompt);
const meterOf = async text => Number(await card(text).locator('[role="meter"]').getAttribute('aria-valuenow'));

async function clearToasts() {
  await palette(page, 'Notifications: Clear All Notifications');
  await toasts(page).first().waitFor({ state: 'detached' });
}

before(async () => {
  if (skip) return;
  repository = makeFolder({
    'greet.js': 'export const greet = () => "hello";\n',
    'name.js': 'export const name = "world";\n',
    'shared.txt': 'line 1\nline 2\nline 3\n',
    'both.txt': 'line 1\nline 2\nline 3\n',
  });
  model = await startModel(script);
  workbench = await startEditor({
    environment: modelAt(model),
    configuration: 'agent_session:\n  tools:\n    - { name: run_command, approval: always }\n',
  });
  page = await workbench.open(repository.folder);
  panel = await openPanel(page);
  await panel.locator('.empty').waitFor();
});

after(async () => {
  await workbench?.close();
  await model?.stop();
  repository?.remove();
});

test('a task is written, watched, reviewed, commented on, accepted, and its change is in the editor and in git', { skip, timeout: 3 * patience }, async () => {
  await create('make the greeting louder');
  await reaches('make the greeting louder', 'readyForReview');
  assert.ok((await meterOf('make the greeting louder')) > 0);
  assert.equal(git('status', '--porcelain'), '');

  await card('make the greeting louder').locator('[data-action="review"]').click();
  const entry = page.locator('.multiDiffEntry');
  await entry.locator('.line-insert').first().waitFor();
  assert.match(await visibleText(entry.locator('.editor.original .view-lines')), /"hello"/);
  assert.match(await visibleText(entry.locator('.editor.modified .view-lines')), /"HELLO"/);

  await clearToasts();
  await page.locator('.part.sidebar .monaco-list-row', { hasText: 'greet.js' }).click();
  await page.locator('.tab.active[aria-label*="greet.js"]').waitFor();
  // Only a cursor that comes to a line that can be commented on makes the command appear.
  await page.locator('.editor-instance .editor.modified .comment-range-glyph').first().waitFor({ state: 'attached' });
  await page.locator('.editor-instance .editor.modified .view-line').nth(1).click();
  await page.locator('.editor-instance .editor.modified .view-line').first().click();
  await palette(page, 'Add Comment on Current Selection');
  await page.locator('.review-widget .monaco-editor').first().waitFor();
  await page.keyboard.type('Add an exclamation mark');
  await page.locator('.review-widget .monaco-button', { hasText: 'Send to Agent' }).click();
  await card('make the greeting louder').locator('.said', { hasText: 'With an exclamation mark' }).waitFor();
  assert.match(JSON.stringify(model.requests.at(-1).messages), /greet\.js:1: Add an exclamation mark\\n +on the line: export const greet = \(\) => \\"HELLO\\";/);

  await card('make the greeting louder').locator('[data-action="review"]').click();
  await entry.locator('.editor.modified .view-lines', { hasText: 'HELLO!' }).waitFor();
  await openFile(page, 'greet.js');
  await page.locator('.editor-instance .view-lines', { hasText: '"hello"' }).waitFor();
  await card('make the greeting louder').locator('[data-action="accept"]').click();
  await reaches('make the greeting louder', 'merged');
  assert.match(repository.text('greet.js'), /"HELLO!"/);
  await page.locator('.editor-instance .view-lines', { hasText: '"HELLO!"' }).waitFor();
  assert.match(git('log', '-1', '--format=%an %(trailers:key=Agent-Task)'), /Tess Ter Agent-Task: make-the-greeting-louder/);
});

test('only the checked files are merged, and the task keeps the others', { skip, timeout: 3 * patience }, async () => {
  await create('write two files');
  await reaches('write two files', 'readyForReview');
  await card('write two files').locator('[data-action="review"]').click();
  const changes = page.locator('.part.sidebar .monaco-list-row', { has: page.locator('.custom-view-tree-node-item-checkbox') });
  await changes.filter({ hasText: 'not this.txt' }).locator('.custom-view-tree-node-item-checkbox').click();
  await palette(page, 'Agent: Accept Checked');
  await toasts(page).filter({ hasText: '1 file remains' }).waitFor();
  assert.equal(repository.text('this one.txt'), 'yes\n');
  assert.equal(existsSync(repository.file('not this.txt')), false);
  await changes.filter({ hasText: 'this one.txt' }).waitFor({ state: 'detached' });
  assert.equal(await changes.filter({ hasText: 'not this.txt' }).getByRole('checkbox').getAttribute('aria-checked'), 'true');

  await card('write two files').locator('[data-action="accept"]').click();
  await reaches('write two files', 'merged');
  assert.equal(repository.text('not this.txt'), 'no\n');
});

test('a command asks on the card, and runs once it is allowed', { skip, timeout: 3 * patience }, async () => {
  await create('run the command');
  const asks = card('run the command');
  await asks.locator('.ask code', { hasText: 'echo approved > approved.txt' }).waitFor();
  await asks.locator('[data-action="approve"]').click();
  await reaches('run the command', 'readyForReview');
  assert.equal(git('show', `agent/${await asks.getAttribute('data-task-id')}:approved.txt`), 'approved');
});

test('a selection of an unsaved buffer is delegated as it stands', { skip, timeout: 3 * patience }, async () => {
  await clearToasts();
  await openFile(page, 'name.js');
  await page.locator('.tab.active[aria-label*="name.js"]').waitFor();
  await page.locator('.editor-instance .view-lines').first().click();
  await page.keyboard.type('// unsaved words\n');
  await page.keyboard.press('Control+A');
  await palette(page, 'Agent: Delegate Selection to Agent');
  const box = page.locator('.quick-input-widget:visible input[placeholder^="Say what should be done"]');
  await box.fill('shout the name');
  await page.keyboard.press('Enter');
  await reaches('shout the name', 'readyForReview');
  assert.match(JSON.stringify(model.requests.at(-1).messages), /unsaved words/);
  await palette(page, 'File: Revert File');
});

test('an accept that would overwrite uncommitted work changes nothing and names the file', { skip, timeout: 3 * patience }, async () => {
  await create('change the shared line');
  await reaches('change the shared line', 'readyForReview');
  repository.write('shared.txt', 'line 1\nline 2 by me\nline 3\n');
  await clearToasts();
  await card('change the shared line').locator('[data-action="accept"]').click();
  await toasts(page).filter({ hasText: 'shared.txt' }).waitFor();
  assert.equal(repository.text('shared.txt'), 'line 1\nline 2 by me\nline 3\n');
  git('checkout', '--', 'shared.txt');
});

test('an accept of lines that were changed on the branch meanwhile is a conflict, which changes nothing and says where', { skip, timeout: 3 * patience }, async () => {
  await create('change what I changed');
  await reaches('change what I changed', 'readyForReview');
  repository.write('both.txt', 'line 1\nline 2 by me\nline 3\n');
  git('commit', '--quiet', '--all', '--message=mine');
  const head = git('rev-parse', 'HEAD');
  await clearToasts();
  await card('change what I changed').locator('[data-action="accept"]').click();
  await reaches('change what I changed', 'conflict');
  await toasts(page).filter({ hasText: 'both.txt' }).waitFor();
  assert.equal(git('rev-parse', 'HEAD'), head);
  assert.equal(repository.text('both.txt'), 'line 1\nline 2 by me\nline 3\n');
  assert.equal(git('status', '--porcelain'), '');
});

test('a task goes on while its window is loaded again, and a killed coordinator comes back', { skip, timeout: 4 * patience }, async () => {
  await create('take your time');
  await reaches('take your time', 'running');
  const summary = () => card('take your time').locator('summary');
  const shownSteps = () => card('take your time').locator('.steps li');
  await summary().filter({ hasText: '4 steps' }).click();
  await shownSteps().nth(3).waitFor();
  await page.reload({ waitUntil: 'domcontentloaded' });
  panel = await openPanel(page, { mayBeOpen: true });
  await reaches('take your time', 'running');
  // What is unfolded is written down by the editor from time to time only.
  if (await card('take your time').locator('details[open]').count() === 0) await summary().click();
  await shownSteps().nth(3).waitFor();
  const before = await meterOf('take your time');
  const killed = repository.coordinator().pid;
  process.kill(killed, 'SIGKILL');
  gate.open();
  await reaches('take your time', 'readyForReview');
  assert.ok((await meterOf('take your time')) > before);
  assert.notEqual(repository.coordinator().pid, killed);
  await shownSteps().nth(Number.parseInt(await summary().innerText()) - 1).waitFor();
  const steps = git('log', '--format=%(trailers:key=Agent-Step,valueonly)', `main..agent/${await card('take your time').getAttribute('data-task-id')}`).split('\n').filter(Boolean);
  assert.equal(new Set(steps).size, 6);
  assert.equal(steps.length, 6);
});

test('a question of the agent is answered on its card, before it has done anything', { skip, timeout: 2 * patience }, async () => {
  await create('ask me first');
  await reaches('ask me first', 'waitingForUser');
  await card('ask me first').locator('.said', { hasText: 'Which colour?' }).waitFor();
  await card('ask me first').locator('vscode-textfield.message input').fill('Green, please');
  await page.keyboard.press('Enter');
  await reaches('ask me first', 'readyForReview');
  assert.match(JSON.stringify(model.requests.at(-1).messages), /Green, please/);
});

test('a roll back from the card asks first, and undoes what came after the step', { skip, timeout: 2 * patience }, async () => {
  const asks = card('ask me first');
  await asks.locator('summary').click();
  await asks.locator('li', { hasText: 'first.txt' }).locator('[title="Roll back to this step"]').click();
  const dialog = page.locator('.monaco-dialog-box', { hasText: 'of “ask me first”?' });
  await dialog.locator('.monaco-button', { hasText: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  await asks.locator('li', { hasText: 'second.txt' }).waitFor();
  await asks.locator('li', { hasText: 'first.txt' }).locator('[title="Roll back to this step"]').click();
  await dialog.locator('.monaco-button', { hasText: 'Roll Back' }).click();
  await asks.locator('li', { hasText: 'second.txt' }).waitFor({ state: 'detached' });
  const branch = `agent/${await asks.getAttribute('data-task-id')}`;
  assert.deepEqual(git('ls-tree', '--name-only', branch).split('\n').filter(name => /^(first|second)\.txt$/.test(name)), ['first.txt']);
});

test('the panel has no barrier that axe knows of', { skip, timeout: 2 * patience }, async () => {
  const require = createRequire(import.meta.url);
  const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  const frame = page.frames().find(candidate => candidate.name() === 'active-frame' || candidate.url().includes('fake.html'));
  const violations = await frame.evaluate(async source => {
    (0, eval)(source);
    const results = await globalThis.axe.run(document.body, { runOnly: ['wcag2a', 'wcag2aa'] });
    return results.violations.map(violation => `${violation.id}: ${violation.nodes.map(node => node.html.slice(0, 120)).join(' | ')}`);
  }, axe).catch(error => [`axe could not run: ${error.message}`]);
  assert.deepEqual(violations, []);
});

