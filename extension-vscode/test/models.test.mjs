import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWith } from './bundle.mjs';

const { chat, listModels, vscode } = await loadWith('features/models/turns.ts', './vscode.stub.mjs');

/** A model that answers with these parts and keeps what it was sent. */
function offering(parts) {
  const sent = [];
  const model = {
    id: 'large', name: 'Large', vendor: 'test', maxInputTokens: 64_000,
    sendRequest: (messages, options) => {
      sent.push({ messages, options });
      return Promise.resolve({ stream: (async function* () { yield* parts; })() });
    },
  };
  return { sent, models: { selectChatModels: ({ id } = {}) => Promise.resolve(id === undefined || id === model.id ? [model] : []) } };
}

const turn = over => ({ model: 'large', messages: [{ role: 'user', text: 'hello' }], tools: [], ...over });

test('the models of the editor are listed, and none where it has no such thing', async () => {
  assert.deepEqual(await listModels(offering([]).models), { models: [{ id: 'large', name: 'Large', maxInputTokens: 64_000 }] });
  assert.deepEqual(await listModels(undefined), { models: [] });
});

test('a conversation with calls and results goes out in the form of the editor', async () => {
  const { sent, models } = offering([]);
  await chat(models, turn({
    messages: [
      { role: 'system', text: 'Be brief.' },
      { role: 'user', text: 'hello' },
      { role: 'assistant', text: '', calls: [{ id: 'c1', name: 'read_file', arguments: { path: 'a' } }] },
      { role: 'tool', text: 'content', callId: 'c1' },
    ],
    tools: [{ name: 'read_file', description: 'reads', parameters: { type: 'object' } }],
  }), () => {}, undefined);
  const [{ messages, options }] = sent;
  assert.deepEqual(messages.map(message => message.role), ['user', 'user', 'assistant', 'user']);
  assert.equal(messages[0].content, 'Be brief.');
  assert.deepEqual({ ...messages[2].content[0] }, { callId: 'c1', name: 'read_file', input: { path: 'a' } });
  assert.equal(messages[2].content.length, 1);
  assert.equal(messages[3].content[0].callId, 'c1');
  assert.equal(messages[3].content[0].content[0].value, 'content');
  assert.deepEqual(options.tools, [{ name: 'read_file', description: 'reads', inputSchema: { type: 'object' } }]);
  assert.match(options.justification, /delegated/);
});

test('text and calls come back whole, and each piece of text is told as it comes', async () => {
  const { LanguageModelTextPart, LanguageModelToolCallPart } = vscode;
  const { models } = offering([new LanguageModelTextPart('one '), new LanguageModelTextPart('two'), new LanguageModelToolCallPart('c9', 'finish', { summary: 's' }), { unknown: true }]);
  const heard = [];
  const answer = await chat(models, turn(), text => heard.push(text), undefined);
  assert.deepEqual(answer, { text: 'one two', calls: [{ id: 'c9', name: 'finish', arguments: { summary: 's' } }] });
  assert.deepEqual(heard, ['one ', 'two']);
});

test('a model that the editor no longer offers is said by name', async () => {
  await assert.rejects(chat(offering([]).models, turn({ model: 'gone' }), () => {}, undefined), /does not offer the model gone/);
});
