// The protocol's own client library at the other end of `agent-ide lsp --stdio`, as VS Code's extension uses it.

import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver-protocol/node';
import { patience, program } from './workplace.mjs';

/** Starts the server and connects; nothing is sent yet. What it tells is kept in `said`, in its order. */
export function connect({ environment, repository }) {
  const child = spawn(program, ['lsp', '--stdio'], { cwd: repository, env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const said = [];
  const waiting = new Set();
  let complaints = '';
  child.stderr.on('data', chunk => { complaints += chunk; });
  child.stdin.on('error', () => {}); // A server that has gone is noticed by the connection.
  const hear = (method, params) => {
    said.push({ method, params });
    for (const look of waiting) look();
  };
  connection.onNotification((method, params) => hear(method, params));
  connection.onError(() => {});
  connection.listen();
  const exited = new Promise(resolve => child.on('exit', code => resolve(code)));
  return {
    child, connection, said, exited,
    complaints: () => complaints,
    /** Answers a request of the server, and keeps it among what was said. */
    answer: (method, reply) => connection.onRequest(method, params => {
      hear(method, params);
      return reply(params);
    }),
    /** The first thing of this method that was said and fits, once it is said. */
    heard: (method, fits = () => true) => within(() => `${method} was not told; heard: ${said.map(each => each.method).join(', ')}`, resolve => {
      const look = () => {
        const found = said.find(each => each.method === method && fits(each.params));
        if (found) {
          waiting.delete(look);
          resolve(found.params);
        }
      };
      waiting.add(look);
      look();
    }),
    async close() {
      connection.dispose();
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** What an editor sends first. Folders are paths; `capabilities` are merged into those of a plain editor. */
export const initializeParams = (folders, capabilities = {}) => ({
  processId: process.pid,
  rootUri: pathToFileURL(folders[0]).href,
  workspaceFolders: folders.map(folder => ({ uri: pathToFileURL(folder).href, name: folder })),
  capabilities: {
    window: { workDoneProgress: true, showDocument: { support: true } },
    textDocument: { codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } } },
    ...capabilities,
  },
});

/** A front end like the extension: `agent/*` and nothing that asks a person. */
export async function attachAsExtension(workplace, fromSeq) {
  const client = connect(workplace);
  await client.connection.sendRequest('initialize', initializeParams([workplace.repository], { experimental: { agentIde: true } }));
  await client.connection.sendNotification('initialized', {});
  const attached = await client.connection.sendRequest('agent/attach', { protocolVersion: 1, checkout: workplace.repository, ...(fromSeq === undefined ? {} : { fromSeq }) });
  return { ...client, attached, request: (method, params) => client.connection.sendRequest(method, params) };
}

/** A plain editor, without anything of ours; `settings` are asked for where its capabilities allow it. */
export async function attachAsEditor(workplace, { folders = [workplace.repository], capabilities, press = () => null, settings } = {}) {
  const client = connect(workplace);
  client.answer('workspace/configuration', ({ items }) => items.map(({ section }) => (section === 'agentIde' ? settings() : null)));
  client.answer('window/showMessageRequest', params => {
    const wanted = press(params.message);
    return wanted === null ? null : { title: wanted };
  });
  client.answer('window/workDoneProgress/create', () => null);
  client.answer('window/showDocument', () => ({ success: true }));
  const initialized = await client.connection.sendRequest('initialize', initializeParams(folders, capabilities));
  await client.connection.sendNotification('initialized', {});
  return { ...client, initialized, command: (command, argument) => client.connection.sendRequest('workspace/executeCommand', { command, arguments: argument === undefined ? [] : [argument] }) };
}

function within(message, begin) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(message())), patience);
    begin(value => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
