import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './bundle.mjs';

const { fits, onlyWhatFits } = await load('infrastructure/messageSize.ts');
const { maxMessageBytes } = await load('protocol.generated.ts');

const huge = 'x'.repeat(maxMessageBytes);

/** Parameters that take so many bytes as JSON. */
const taking = bytes => 'x'.repeat(bytes - 2);

test('what can be sent is decided by its bytes as JSON', () => {
  assert.ok(fits({}));
  assert.ok(fits(undefined));
  assert.ok(fits(taking(maxMessageBytes - 1024)));
  assert.ok(!fits(taking(maxMessageBytes - 1023)));
  assert.ok(!fits('\u0001'.repeat(maxMessageBytes / 5)));
  assert.ok(!fits('ü'.repeat(maxMessageBytes / 2)));
});

/** What the server hears of documents. */
function server() {
  const heard = [];
  const { didOpen, didChange, didSave, didClose } = onlyWhatFits(({ textDocument }) => Promise.resolve(void heard.push(['closed', textDocument.uri])));
  const next = what => () => Promise.resolve(void heard.push(what));
  return {
    heard,
    open: document => didOpen(document, next('open')),
    change: (document, ...texts) => didChange({ document, contentChanges: texts.map(text => ({ text })) }, next('change')),
    save: document => didSave(document, next('save')),
    close: document => didClose(document, next('close')),
  };
}

const holding = text => ({ uri: 'file:///a', text, getText() { return this.text; } });

test('a document that does not fit into a message is left to the editor, and others are not', async () => {
  const { heard, open, change, save, close } = server();
  const log = holding(huge);
  for (const hear of [open, document => change(document, 'a'), save, close]) await hear(log);
  assert.deepEqual(heard, []);
  const small = holding('a');
  for (const hear of [open, document => change(document, 'a'), save, close]) await hear(small);
  assert.deepEqual(heard, ['open', 'change', 'save', 'close']);
});

test('a change that does not fit closes the document there, until it fits again and is opened anew', async () => {
  const { heard, open, change, save, close } = server();
  const document = holding('a');
  await open(document);
  await change(document, 'b', huge);
  document.text = huge;
  for (const hear of [each => change(each, 'c'), save, open]) await hear(document);
  assert.deepEqual(heard, ['open', ['closed', 'file:///a']]);
  document.text = 'a';
  for (const hear of [open, each => change(each, 'c'), close]) await hear(document);
  assert.deepEqual(heard.slice(2), ['open', 'change', 'close']);
});
