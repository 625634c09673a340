import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, loadWith, task } from './bundle.mjs';

const { TaskPanel, vscode: { commands, EventEmitter } } = await loadWith('features/panel/taskPanel.ts', './vscode.stub.mjs');
const { TaskStore } = await load('infrastructure/taskStore.ts');

const step = number => ({ number, tool: 'edit_file', summary: '', durationMs: 1, files: [] });

/** A panel of one repository, whose tasks come when it is attached to, and what its page was told. */
function shown() {
  const store = new TaskStore();
  const listeners = [];
  const coordinator = { store, folder: undefined, request: (_, { id }) => Promise.resolve({ steps: Array.from({ length: store.find(id).steps }, (_, index) => step(index + 1)) }) };
  store.onChange(id => listeners.forEach(listener => listener(coordinator, id)));
  const repositories = {
    onState: new EventEmitter().event, onTasks: listener => (listeners.push(listener), () => undefined), state: { kind: 'connected' }, troubles: [], names: [],
    all: [coordinator], named: () => coordinator, nameOf: () => undefined, of: () => coordinator, get tasks() { return store.tasks; },
  };
  const [told, said] = [[], new EventEmitter()];
  const webview = { cspSource: '', asWebviewUri: uri => uri, postMessage: message => void told.push(message), onDidReceiveMessage: said.event };
  new TaskPanel(repositories, { path: '/extension' }, {}).resolveWebviewView({ webview, onDidDispose: () => undefined });
  const numbers = () => told.filter(({ type }) => type === 'steps').at(-1)?.steps.map(({ number }) => number);
  return { store, say: message => said.fire(message), numbers };
}

const settled = () => new Promise(resolve => setImmediate(resolve));
const attached = (steps, seq) => ({ tasks: [task({ steps })], seq, version: '0.1.0', notices: [] });

test('the steps of a card that was left unfolded come once its task is known', async () => {
  const { store, say, numbers } = shown();
  say({ type: 'showSteps', id: 'fix-k3f7' });
  await settled();
  assert.equal(numbers(), undefined);
  store.attached(attached(3, 1));
  await settled();
  assert.deepEqual(numbers(), [1, 2, 3]);
});

test('steps that nobody told while the connection was lost are there after it', async () => {
  const { store, say, numbers } = shown();
  store.attached(attached(1, 1));
  say({ type: 'showSteps', id: 'fix-k3f7' });
  await settled();
  store.attached(attached(4, 9));
  await settled();
  assert.deepEqual(numbers(), [1, 2, 3, 4]);
});

test('what a person does with a step is done with that step of that task', async () => {
  const { store, say } = shown();
  store.attached(attached(3, 1));
  commands.run.length = 0;
  for (const command of ['reviewStep', 'rollback', 'fork']) say({ type: 'step', command, id: 'fix-k3f7', step: 2 });
  say({ type: 'step', command: 'fork', id: 'unknown', step: 2 });
  await settled();
  assert.deepEqual(commands.run.map(([name, { id }, number]) => [name, id, number]), ['agentIde.review', 'agentIde.rollback', 'agentIde.fork'].map(name => [name, 'fix-k3f7', 2]));
});
