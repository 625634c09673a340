// Servers that are not what they should be, and repositories that cannot be written.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { makeFolder } from './fixture.mjs';
import { openPanel, palette, patience, reasonToSkip, startEditor } from './workbench.mjs';

const skip = reasonToSkip();

let editor;
let page;
let repository;
let programs;

before(async () => {
  if (skip) return;
  editor = await startEditor();
  programs = mkdtempSync(path.join(tmpdir(), 'agent-ide-servers-'));
});

afterEach(async () => {
  await page?.goto('about:blank');
  await page?.close();
  repository?.remove();
  page = repository = undefined;
});

after(async () => {
  await editor?.close();
  if (programs !== undefined) rmSync(programs, { recursive: true });
});

/** Opens a window whose server is this program. */
async function openWith(name, content) {
  const program = path.join(programs, name);
  writeFileSync(program, content);
  chmodSync(program, 0o755);
  editor.configure({ 'agentIde.server.path': program });
  repository = makeFolder({ 'readme.txt': 'hello\n' });
  page = await editor.open(repository.folder);
  return await openPanel(page);
}

/** A program of another machine: nothing but the head of its file is ever looked at. */
function elf(machine) {
  const head = Buffer.alloc(64);
  head.write('\x7fELF', 'latin1');
  Buffer.from([2, 1, 1]).copy(head, 4);
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(machine, 18);
  return head;
}

/** A server of a few lines that sends what it is told to. */
const speaking = lines => `#!${process.execPath}
const send = text => process.stdout.write('Content-Length: ' + Buffer.byteLength(text) + '\\r\\n\\r\\n' + text);
const answer = (id, result) => send(JSON.stringify({ jsonrpc: '2.0', id, result }));
let input = '';
process.stdin.on('data', chunk => {
  input += chunk;
  for (let head; (head = /Content-Length: (\\d+)\\r\\n\\r\\n/.exec(input)) !== null; ) {
    const start = head.index + head[0].length;
    if (input.length < start + Number(head[1])) return;
    const message = JSON.parse(input.slice(start, start + Number(head[1])));
    input = input.slice(start + Number(head[1]));
    ${lines}
  }
});
`;

const initialized = "if (message.method === 'initialize') answer(message.id, { capabilities: {}, serverInfo: { name: 'agent-ide' } });";
const task = {
  id: 'whole-1', title: 'The whole one', prompt: 'p', state: 'readyForReview', branch: 'agent/whole-1', worktree: 'file:///nowhere/whole-1', base: { ref: 'main', commit: 'b' },
  head: 'a', createdAt: '2026-01-01T00:00:00Z', steps: 0, changes: { files: 0, additions: 0, deletions: 0 }, approvals: [], plan: [], conflictsWith: [], dependsOn: [], notices: [], removalNotices: [],
  budget: { maxTokens: 1, thresholdTokens: 1, contextTokens: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, delegatedTokens: 0, savedTokens: 0, estimated: false },
};

test('a server for another machine is said to be that', { skip, timeout: 2 * patience }, async () => {
  const panel = await openWith('foreign', elf(process.arch === 'arm64' ? 0x3e : 0xb7));
  await panel.locator('.notice', { hasText: /foreign is a program for (arm64|x64), and this machine is/ }).waitFor();
});

test('a program that is no server is said to be none', { skip, timeout: 2 * patience }, async () => {
  const panel = await openWith('chatter', '#!/bin/sh\necho Hello, this is no protocol.\nexec cat > /dev/null\n');
  await panel.locator('.notice', { hasText: 'chatter could not be started as a server, or ended at once' }).waitFor();
});

test('messages that do not fit are passed over, and those after them count', { skip, timeout: 2 * patience }, async () => {
  const panel = await openWith('unfit', speaking(`${initialized}
    if (message.method === 'agent/attach') {
      answer(message.id, { tasks: [], seq: 1, version: '0.1.0', notices: [] });
      for (const params of [undefined, null, [], { task: null, seq: 'x' }, { task: 5, seq: 2 }, { task: { id: 7 }, seq: 2 }, { task: { id: 'half' }, seq: 2 }]) {
        send(JSON.stringify({ jsonrpc: '2.0', method: 'agent/task/changed', params }));
      }
      send('{"jsonrpc": "2.0", "method": "agent/task/stepAppended", "params": {"id": 5}}');
      send('{"jsonrpc": "2.0", "method": 7}');
      send('[1, 2]');
      send(JSON.stringify({ jsonrpc: '2.0', method: 'agent/task/changed', params: { task: ${JSON.stringify(task)}, seq: 9 } }));
    }`));
  await panel.locator('.card .title', { hasText: 'The whole one' }).waitFor();
  assert.equal(await panel.locator('.card').count(), 1);
});

test('a server that stops speaking the protocol is said to be lost, and another one is connected to', { skip, timeout: 3 * patience }, async () => {
  const panel = await openWith('broken', speaking(`${initialized}
    if (message.method === 'agent/attach') {
      answer(message.id, { tasks: [], seq: 1, version: '0.1.0', notices: [] });
      send('{"jsonrpc": ');
    }`));
  const lost = panel.locator('.notice', { hasText: 'was lost. “Agent: Restart Server” connects again' });
  await lost.waitFor();
  editor.configure({});
  for (const started = Date.now(); await lost.isVisible(); ) {
    assert.ok(Date.now() - started < patience, 'It was not connected again.');
    await palette(page, 'Agent: Restart Server');
    await lost.waitFor({ state: 'hidden', timeout: 8000 }).catch(() => undefined);
  }

  await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
});

/** Why no file system can be made read-only here; false where it can. */
const cannotMount = skip || (process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0 ? false : 'needs the right to mount');

test('a repository that cannot be written says which folder it is and what to do, and goes on once it can', { skip: cannotMount, timeout: 3 * patience }, async () => {
  editor.configure({});
  repository = makeFolder({ 'readme.txt': 'hello\n' });
  const mount = (...words) => assert.equal(spawnSync('mount', words).status, 0);
  mount('--bind', repository.folder, repository.folder);
  let mounted = true;
  const release = () => {
    if (mounted) assert.equal(spawnSync('umount', ['--lazy', repository.folder]).status, 0);
    mounted = false;
  };
  try {
    mount('-o', 'remount,ro,bind', repository.folder);
    page = await editor.open(repository.folder);
    const panel = await openPanel(page);
    const notice = panel.locator('.notice', { hasText: 'make it writable, or clone it elsewhere' });
    await notice.waitFor();
    assert.ok((await notice.innerText()).includes(repository.folder));
    release();
    await palette(page, 'Agent: Restart Server');
    await panel.locator('.empty', { hasText: 'No tasks yet' }).waitFor();
  } finally {
    release();
  }
});
