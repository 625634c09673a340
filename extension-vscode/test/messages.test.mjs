import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWith } from './bundle.mjs';

const stub = './vscode.stub.mjs';
const { plainLenses, showServerMessages, vscode: { window } } = await loadWith('infrastructure/serverMessages.ts', stub);
const { choose, vscode: { window: chosenIn } } = await loadWith('infrastructure/messages.ts', stub);

test('what the server tells and asks is shown without the links in it', async () => {
  const handlers = new Map();
  const on = (method, handler) => void handlers.set(method, handler);
  showServerMessages({ onNotification: on, onRequest: on });
  const link = 'agentIde.model is "[ok](command:workbench.action.quit)".';
  const plain = link.replace('](', ']\u200b(');
  for (const type of [1, 2, 3, 4]) handlers.get('window/showMessage')({ type, message: link });
  assert.deepEqual(window.shown, [`!! ${plain}`, `! ${plain}`, plain, plain]);
  const actions = [{ title: 'Allow', id: 1 }, { title: 'Deny' }];
  assert.equal(await handlers.get('window/showMessageRequest')({ type: 2, message: link, actions }), actions[0]);
  assert.equal(await handlers.get('window/showMessageRequest')({ type: 1, message: link, actions }), null);
  assert.equal(await handlers.get('window/showMessageRequest')({ type: 3, message: link }), null);
  assert.ok(window.shown.every(text => text.endsWith(plain)));
});

test('a code lens and a list to choose from show titles as text, without icons', async () => {
  const [lens, bare] = plainLenses([{ command: { title: 'Agent: $(trash) it', command: 'c', arguments: [1] } }, {}]);
  assert.deepEqual([lens.command, bare], [{ title: 'Agent: $\u200b(trash) it', command: 'c', arguments: [1] }, {}]);
  assert.deepEqual([plainLenses(null), plainLenses(undefined)], [null, undefined]);
  const items = [{ label: '$(trash)', description: '$(x)', detail: '$(y)', task: 1 }, { label: 'b' }];
  assert.equal(await choose(items, {}), items[0]);
  assert.deepEqual(chosenIn.shown, [['$\u200b(trash)', '$\u200b(x)', '$\u200b(y)'], ['b', undefined, undefined]]);
});
