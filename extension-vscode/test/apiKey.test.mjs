import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWith } from './bundle.mjs';

const { setApiKey, storedKey, vscode: { window } } = await loadWith('features/setup/apiKey.ts', './vscode.stub.mjs');

/** Secret storage, and a coordinator that counts how often its connection was made anew. */
function setUp() {
  const kept = new Map();
  const secrets = {
    get: name => Promise.resolve(kept.get(name)),
    store: (name, value) => Promise.resolve(void kept.set(name, value)),
    delete: name => Promise.resolve(void kept.delete(name)),
  };
  const coordinator = { restarts: 0, restart() { this.restarts++; return Promise.resolve(); } };
  return { secrets, coordinator };
}

test('a key is asked for hidden, kept in the secret storage, and given to the server from then on', async () => {
  const { secrets, coordinator } = setUp();
  assert.deepEqual(await storedKey(secrets), {});
  window.answer = ' sk-test ';
  await setApiKey(coordinator, secrets);
  assert.equal(window.asked.at(-1).password, true);
  assert.deepEqual(await storedKey(secrets), { OPENAI_API_KEY: 'sk-test' });
  assert.equal(coordinator.restarts, 1);
  assert.ok(window.shown.every(text => !text.includes('sk-test')));
});

test('an empty answer removes the key, and none at all changes nothing', async () => {
  const { secrets, coordinator } = setUp();
  await secrets.store('OPENAI_API_KEY', 'sk-test');
  window.answer = undefined;
  await setApiKey(coordinator, secrets);
  assert.deepEqual(await storedKey(secrets), { OPENAI_API_KEY: 'sk-test' });
  window.answer = '';
  await setApiKey(coordinator, secrets);
  assert.deepEqual(await storedKey(secrets), {});
  assert.equal(coordinator.restarts, 1);
});
