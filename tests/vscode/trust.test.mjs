// A folder that nobody has said to trust yet.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { cardsOf, finish, makeFolder, modelAt, write } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openPanel, patience, reasonToSkip, startEditor } from './workbench.mjs';

const skip = reasonToSkip();

let editor;
let model;
let repository;

before(async () => {
  if (skip) return;
  model = await startModel({ 'once trusted': [write('made.txt', 'made\n'), finish('Made.')] });
  repository = makeFolder({ 'readme.txt': 'hello\n' });
  editor = await startEditor({ environment: modelAt(model), asksForTrust: true });
});

after(async () => {
  await editor?.close();
  await model?.stop();
  repository?.remove();
});

test('in a folder that is not trusted nothing is started, the view says what to do, and goes on once it is', { skip, timeout: 3 * patience }, async () => {
  const page = await editor.open(repository.folder);
  await page.locator('.activitybar li.action-item').filter({ has: page.locator('.action-label[aria-label^="Agents"]') }).click();
  const welcome = page.locator('.part.sidebar .welcome-view-content');
  await welcome.filter({ hasText: 'nothing is started before you do' }).waitFor();
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget:visible .quick-input-box input');
  await input.waitFor();
  await input.fill('>Agent: ');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Agent: Show Log' }).waitFor();
  assert.equal(await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Agent: New Task' }).count(), 0);
  await page.keyboard.press('Escape');
  assert.equal(existsSync(repository.file('.git/agent-ide')), false);

  await welcome.getByRole('button', { name: 'Manage Workspace Trust' }).click();
  await page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).first().click();
  const panel = await openPanel(page, { mayBeOpen: true });
  await cardsOf(panel).create('once trusted');
  await cardsOf(panel).reaches('once trusted', 'readyForReview');
});
