// The protocol as the client library that most editors' extensions are made of sees it.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  CodeActionRequest, DidChangeTextDocumentNotification, DidCloseTextDocumentNotification, DidOpenTextDocumentNotification, ErrorCodes, ExecuteCommandRequest, ExitNotification,
  InitializeRequest, ShutdownRequest,
} from 'vscode-languageserver-protocol';
import { attachAsEditor, attachAsExtension, connect, initializeParams } from './client.mjs';
import { edit, finish, makeWorkplace, patience, read, reasonToSkip, write } from './workplace.mjs';

const skip = reasonToSkip();
const options = { skip, timeout: 2 * patience };
const wait = step => ({ ...step, delayMs: 200 });
const script = {
  'shout the greeting': [read('greet.js'), edit('greet.js', '"hello"', '"HELLO"'), finish('Louder.')],
  'take your time': [...Array.from({ length: 6 }, (_, index) => wait(write(`slow${index}.txt`, `${index}\n`))), finish('All written.')],
  'think twice': [write('thought.txt', 'once\n'), finish('Once.'), finish('And that is why.')],
  'in the buffer': [finish('Seen.')],
};

let place;
const opened = [];
const keep = client => {
  opened.push(client);
  return client;
};
const fileOf = file => pathToFileURL(path.join(place.repository, file)).href;
const failure = async promise => {
  try {
    await promise;
  } catch (error) {
    return error;
  }

  assert.fail('It was not refused.');
};

before(async () => {
  if (!skip) place = await makeWorkplace({ script, repositories: ['repository', 'second'], files: { 'greet.js': 'export const greet = () => "hello";\n', 'part/inner.js': '1;\n' } });
});

after(async () => {
  await Promise.all(opened.map(client => client.close()));
  await place?.close();
});

test('protocol: a session begins, is used, is shut down, and ends with 0', options, async () => {
  const client = keep(connect(place));
  const result = await client.connection.sendRequest(InitializeRequest.type, initializeParams([place.repository]));
  assert.equal(result.serverInfo.name, 'agent-ide');
  assert.deepEqual(result.capabilities.executeCommandProvider.commands.filter(name => !name.startsWith('agentIde.')), []);
  assert.equal((await failure(client.connection.sendRequest(InitializeRequest.type, initializeParams([place.repository])))).code, ErrorCodes.InvalidRequest);
  await client.connection.sendRequest(ShutdownRequest.type);
  assert.equal((await failure(client.connection.sendRequest(ExecuteCommandRequest.type, { command: 'agentIde.newTask', arguments: [{ prompt: 'late' }] }))).code, ErrorCodes.InvalidRequest);
  await client.connection.sendNotification(ExitNotification.type);
  assert.equal(await client.exited, 0);
});

test('protocol: what comes before initialize is refused, and the session can still begin', options, async () => {
  const client = keep(connect(place));
  const early = await failure(client.connection.sendRequest(ExecuteCommandRequest.type, { command: 'agentIde.newTask', arguments: [{ prompt: 'early' }] }));
  assert.equal(early.code, ErrorCodes.ServerNotInitialized);
  await client.connection.sendRequest(InitializeRequest.type, initializeParams([place.repository]));
});

test('protocol: an unknown request is refused by name, an unknown notification and an optional one are passed over', options, async () => {
  const client = keep(await attachAsEditor(place));
  const unknown = await failure(client.connection.sendRequest('textDocument/teleport', {}));
  assert.equal(unknown.code, ErrorCodes.MethodNotFound);
  assert.match(unknown.message, /teleport/);
  await client.connection.sendNotification('textDocument/teleported', {});
  await client.connection.sendNotification('$/somethingOptional', {});
  assert.deepEqual((await client.connection.sendRequest('textDocument/codeLens', { textDocument: { uri: fileOf('greet.js') } })), []);
  const unfit = await failure(client.command('agentIde.review', { id: 5 }));
  assert.equal(unfit.code, ErrorCodes.InvalidParams);
  assert.match((await failure(client.command('agentIde.review', { id: 'nobody' }))).message, /no task 'nobody'/);
});

test('protocol: bytes that are no message end that connection alone', options, async () => {
  const other = keep(await attachAsExtension(place));
  const client = keep(await attachAsEditor(place));
  client.child.stdin.write('Content-Length: 12\r\n\r\n{"jsonrpc": ');
  client.child.stdin.write('Content-Length: nonsense\r\n\r\n');
  assert.notEqual(await client.exited, 0);
  assert.deepEqual(Object.keys(await other.request('agent/task/list', {})).sort(), ['seq', 'tasks']);

  const garbage = keep(connect(place));
  garbage.child.stdin.end('hello?\r\n\r\n');
  assert.notEqual(await garbage.exited, 0);
  assert.match(garbage.complaints(), /no language client's message/);
});

test('protocol: a client that crashes leaves its task running', options, async () => {
  const client = keep(await attachAsExtension(place));
  const task = await client.request('agent/task/create', { prompt: 'take your time' });
  await client.heard('agent/task/changed', changed => changed.task.id === task.id && changed.task.state === 'running');
  client.child.kill('SIGKILL');
  await client.exited;
  const next = keep(await attachAsExtension(place));
  // It may have become ready before anybody looked again.
  const found = next.attached.tasks.find(each => each.id === task.id);
  if (found.state !== 'readyForReview') await next.heard('agent/task/changed', changed => changed.task.id === task.id && changed.task.state === 'readyForReview');
});

test('protocol: who attaches again with fromSeq misses nothing and is told nothing twice', options, async () => {
  const whole = keep(await attachAsExtension(place));
  const first = keep(await attachAsExtension(place));
  const task = await whole.request('agent/task/create', { prompt: 'take your time' });
  const isStep = number => params => params.id === task.id && params.step.number === number;
  const { seq } = await first.heard('agent/task/stepAppended', isStep(2));
  await first.close();
  await whole.heard('agent/task/stepAppended', isStep(4));

  const second = keep(await attachAsExtension(place, seq));
  const isReady = changed => changed.task.id === task.id && changed.task.state === 'readyForReview';
  const end = (await whole.heard('agent/task/changed', isReady)).seq;
  await second.heard('agent/task/changed', isReady);
  const steps = client => client.said.filter(({ method, params }) => method === 'agent/task/stepAppended' && params.id === task.id && params.seq <= end).map(({ params }) => params.step.number);
  assert.deepEqual([...steps(first).filter(number => number <= 2), ...steps(second)], steps(whole));
  const numbers = second.said.filter(({ params }) => params.seq !== undefined).map(({ params }) => params.seq);
  assert.ok(numbers.every(number => number > seq), `told again: ${numbers}`);
  assert.equal(new Set(numbers).size, numbers.length);
});

test('protocol: new tasks are as the settings of the editor say, where they do not say so themselves', options, async () => {
  let settings = { includeUncommitted: true };
  const done = keep(await attachAsExtension(place));
  const client = keep(await attachAsEditor(place, { capabilities: { workspace: { configuration: true } }, settings: () => settings }));
  place.write('mine.txt', 'not committed\n');
  const carries = async task => place.git('ls-tree', '-r', '--name-only', task.base.commit).split('\n').includes('mine.txt');
  const first = await client.command('agentIde.newTask', { prompt: 'in the buffer' });
  const ended = id => done.heard('agent/task/changed', ({ task }) => task.id === id && task.state === 'readyForReview').then(({ task }) => task);
  assert.ok(await carries(await ended(first.id)));
  const elsewhere = await client.connection.sendRequest('agent/task/create', { prompt: 'in the buffer', base: 'main' });
  assert.ok(!(await carries(await ended(elsewhere.id))));

  settings = { includeUncommitted: false, model: 'a model that nobody has', notifications: 'loud' };
  await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  // What is wrong is told once the rest holds.
  await client.heard('window/showMessage', ({ message }) => message.includes('loud'));
  const other = await client.command('agentIde.newTask', { prompt: 'in the buffer' });
  assert.equal(other.model, 'a model that nobody has');
  assert.ok(!(await carries(await ended(other.id))));
});

test('protocol: two windows on a repository share one coordinator and its tasks', options, async () => {
  const [left, right] = (await Promise.all([attachAsExtension(place), attachAsExtension(place)])).map(keep);
  const task = await left.request('agent/task/create', { prompt: 'shout the greeting' });
  await right.heard('agent/task/changed', changed => changed.task.id === task.id && changed.task.state === 'readyForReview');
  const statuses = await Promise.all([left, right].map(client => client.request('agent/coordinator/status', {})));
  assert.equal(statuses[0].pid, statuses[1].pid);
  assert.equal(statuses[0].pid, place.coordinatorOf());
  const { task: seen } = await right.request('agent/task/get', { id: task.id });
  const accepted = await right.request('agent/task/accept', { id: task.id, expectedHead: seen.head });
  assert.equal(accepted.task.state, 'merged');
  await left.heard('agent/task/changed', changed => changed.task.id === task.id && changed.task.state === 'merged');
});

test('protocol: a selection is cut out of the buffer as it was changed piece by piece, in UTF-16', options, async () => {
  const client = keep(await attachAsEditor(place));
  const textDocument = { uri: fileOf('buffer.txt'), languageId: 'plaintext', version: 1, text: 'one\ntwo 🚀 in the air\nthree\n' };
  await client.connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
  await client.connection.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri: textDocument.uri, version: 2 },
    contentChanges: [
      { range: { start: { line: 1, character: 7 }, end: { line: 1, character: 17 } }, text: 'in the buffer' },
      { range: { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } }, text: '' },
    ],
  });
  const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 24 } };
  const actions = await client.connection.sendRequest(CodeActionRequest.type, { textDocument: { uri: textDocument.uri }, range, context: { diagnostics: [], only: ['refactor'] } });
  assert.deepEqual(actions.map(action => action.title), ['Delegate selection to agent']);
  const task = await client.connection.sendRequest(ExecuteCommandRequest.type, { command: actions[0].command.command, arguments: actions[0].command.arguments });
  assert.match(task.prompt, /\ntwo 🚀 in the buffer\n/);
  assert.doesNotMatch(task.prompt, /one/);
  await client.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri: textDocument.uri } });
});

test('protocol: a command without a task takes the one that fits, and asks where there are several', options, async () => {
  const asked = [];
  const client = keep(await attachAsEditor(place, {
    press: message => {
      asked.push(message);
      return null;
    },
  }));
  for (const { id, state } of (await place.cli('tasks')).tasks) if (!['merged', 'discarded'].includes(state)) await place.cli('discard', id);
  assert.match((await failure(client.command('agentIde.accept'))).message, /no task to accept/);
  await place.cli('run', 'take your time');
  assert.match((await client.command('agentIde.review')).uri, /take-your-time.*\.diff$/);
  await place.cli('run', 'take your time');
  assert.equal(await client.command('agentIde.accept'), null);
  assert.ok(asked.some(message => message === 'Which task do you want to accept?'), asked.join('\n'));
});

test('protocol: a front end of another version is told which of the two is behind, and can make room for its own', options, async () => {
  for (const [version, behind, advice] of [[0, /front end is older/, /Update the front end/], [2, /running coordinator is older/, /coordinator stop/]]) {
    const client = keep(connect(place));
    await client.connection.sendRequest(InitializeRequest.type, initializeParams([place.repository], { experimental: { agentIde: true } }));
    const refused = await failure(client.connection.sendRequest('agent/attach', { protocolVersion: version, checkout: place.repository }));
    assert.match(refused.message, behind);
    assert.equal(refused.data.code, 'protocolVersion');
    assert.match(refused.data.hint, advice);
    if (version === 2) {
      const before = place.coordinatorOf();
      await client.connection.sendRequest('agent/coordinator/stop', {});
      await client.exited;
      keep(await attachAsExtension(place));
      assert.notEqual(place.coordinatorOf(), before);
    }
  }
});

test('protocol: a folder without a repository is refused with the reason', options, async () => {
  const elsewhere = { ...place, repository: path.join(place.folder, 'tmp') };
  const client = keep(connect(elsewhere));
  const refused = await failure(client.connection.sendRequest(InitializeRequest.type, initializeParams([elsewhere.repository])));
  assert.match(refused.message, /not inside a git repository/);
  assert.equal(await client.exited, 6);
});

test('protocol: of several folders the first that is in a repository counts, and files of the others are left alone', options, async () => {
  const [first, second] = place.repositories;
  const client = keep(await attachAsEditor(place, { folders: [path.join(place.folder, 'tmp'), path.join(first, 'part'), first, second] }));
  assert.deepEqual(client.initialized.capabilities.workspace.workspaceFolders, { supported: true, changeNotifications: true });
  const open = async file => {
    const uri = pathToFileURL(file).href;
    await client.connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument: { uri, languageId: 'javascript', version: 1, text: 'changed();\n' } });
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 3 } };
    const actions = await client.connection.sendRequest(CodeActionRequest.type, { textDocument: { uri }, range, context: { diagnostics: [] } });
    const lenses = await client.connection.sendRequest('textDocument/codeLens', { textDocument: { uri } });
    return { actions: actions.map(action => action.title), lenses };
  };
  const served = { actions: ['Delegate selection to agent'], lenses: [] };
  assert.deepEqual(await open(path.join(first, 'part/inner.js')), served);
  assert.deepEqual(await open(path.join(second, 'greet.js')), { actions: [], lenses: [] });
  assert.deepEqual(await open(path.join(place.folder, 'tmp/nowhere.txt')), { actions: [], lenses: [] });

  const folder = name => ({ uri: pathToFileURL(name).href, name });
  await client.connection.sendNotification('workspace/didChangeWorkspaceFolders', { event: { added: [], removed: [folder(first), folder(path.join(first, 'part'))] } });
  await client.connection.sendNotification('workspace/didChangeWorkspaceFolders', { event: { added: [folder(path.join(place.folder, 'gone'))], removed: [folder(second)] } });
  assert.deepEqual(await open(path.join(first, 'greet.js')), served);
  assert.deepEqual(await open(path.join(second, 'part/inner.js')), { actions: [], lenses: [] });
  assert.deepEqual(client.said.filter(({ method, params }) => method === 'textDocument/publishDiagnostics' && params.uri.includes('/second/')), []);
});

test('protocol: an editor that opened no folder means where it was started', options, async () => {
  const client = keep(connect(place));
  const { capabilities } = await client.connection.sendRequest(InitializeRequest.type, { ...initializeParams([place.repository]), rootUri: null, workspaceFolders: null });
  assert.ok(capabilities.codeLensProvider);
});

test('protocol: an editor that leaves requests unanswered is asked all the same, and a late answer discards nothing that it did not mean', options, async () => {
  const never = new Promise(() => {});
  const client = keep(connect(place));
  let answer;
  client.answer('window/workDoneProgress/create', () => never);
  client.answer('workspace/codeLens/refresh', () => never);
  const asksAboutIt = ({ message }) => message.startsWith('think twice: ready for review');
  client.answer('window/showMessageRequest', params => (asksAboutIt(params) && answer === undefined ? new Promise(resolve => { answer = resolve; }) : never));
  await client.connection.sendRequest('initialize', initializeParams([place.repository], { workspace: { codeLens: { refreshSupport: true } } }));
  await client.connection.sendNotification('initialized', {});
  const done = keep(await attachAsExtension(place));
  const task = await done.request('agent/task/create', { prompt: 'think twice' });
  const isReady = steps => changed => changed.task.id === task.id && changed.task.state === 'readyForReview' && changed.task.steps >= steps;
  await done.heard('agent/task/changed', isReady(2));
  await client.heard('window/showMessageRequest', asksAboutIt);

  await done.request('agent/task/message', { id: task.id, text: 'Why?' });
  const { task: ready } = await done.heard('agent/task/changed', isReady(3));
  const asked = () => client.said.filter(({ method, params }) => method === 'window/showMessageRequest' && asksAboutIt(params));
  await client.heard('window/showMessageRequest', () => asked().length === 2);
  answer({ title: 'Discard' });
  await client.heard('window/showMessage', ({ message }) => /think twice was not discarded: it has changed/.test(message));
  const { task: kept } = await done.request('agent/task/get', { id: task.id });
  assert.deepEqual([kept.state, kept.steps], ['readyForReview', ready.steps]);
});
