// Neovim with its own LSP client and the documented configuration, beside a front end like the extension and the command line.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { attachAsExtension } from './client.mjs';
import { openNeovim } from '../shared/neovim.mjs';
import { edit, finish, makeWorkplace, patience, read, reasonToSkip } from './workplace.mjs';

const skip = reasonToSkip('nvim');
const louder = (file, word) => [read(file), edit(file, `"${word}"`, `"${word.toUpperCase()}"`), finish(`${word} is louder now.`)];
const script = {
  'shout the greeting': louder('greet.js', 'hello'),
  'shout the name': louder('name.js', 'world'),
  'shout the farewell': louder('bye.js', 'bye'),
  'shout the thanks': louder('thanks.js', 'thanks'),
  'shout in silence': louder('quiet.js', 'psst'),
  'run the command': [{ calls: [{ name: 'run_command', arguments: { command: 'echo approved > approved.txt' } }] }, finish('It ran.')],
};

let place;
let neovim;
let extension;

const merged = id => extension.heard('agent/task/changed', ({ task }) => task.id === id && task.state === 'merged');
const ready = id => extension.heard('agent/task/changed', ({ task }) => task.id === id && task.state === 'readyForReview');
const landed = () => place.git('log', '-1', '--format=%an %(trailers:key=Agent-Task,valueonly)');

before(async () => {
  if (skip) return;
  place = await makeWorkplace({
    script,
    files: {
      'greet.js': 'export const greet = () => "hello";\n', 'name.js': 'export const name = "world";\n',
      'bye.js': 'export const bye = "bye";\n', 'thanks.js': 'export const thanks = "thanks";\n',
      'quiet.js': 'export const quiet = "psst";\n',
    },
    configuration: 'agent_session:\n  tools:\n    - { name: run_command, approval: always }\n',
  });
  extension = await attachAsExtension(place);
  neovim = await openNeovim(place, 'greet.js');
});

after(async () => {
  await neovim?.close();
  await extension?.close();
  await place?.close();
});

test('Neovim: a selection of an unsaved buffer is delegated by a code action, watched, reviewed, and accepted', { skip, timeout: 3 * patience }, async () => {
  await neovim.lua(`
    vim.api.nvim_buf_set_lines(0, 0, 0, false, { '// unsaved words' })
    agent_choice, agent_instruction = 'Delegate selection to agent', 'shout the greeting'
    if vim.lsp.buf.range_code_action then
      vim.lsp.buf.range_code_action({ diagnostics = {} }, { 1, 0 }, { 2, 5 })
    else
      vim.lsp.buf.code_action({ range = { start = { 1, 0 }, ['end'] = { 2, 5 } } })
    end`);
  await neovim.told('ready for review (1 file, +1 −1)');
  const { task } = await extension.heard('agent/task/changed');
  assert.match(task.prompt, /greet\.js, line/);
  assert.match(task.prompt, /unsaved words/);
  await neovim.until(`agent_progress[#agent_progress] and agent_progress[#agent_progress].kind == 'end'`);
  const progress = await neovim.value('agent_progress');
  assert.equal(progress[0].kind, 'begin');
  assert.match(progress[0].title, /^Agent: /);
  assert.ok(progress.some(({ kind, message }) => kind === 'report' && /step \d/.test(message)), JSON.stringify(progress));

  await neovim.command('set hidden | undo');
  await neovim.command('AgentReview');
  await neovim.until(`vim.api.nvim_buf_get_name(0):find('%.diff$') ~= nil`);
  assert.match((await neovim.value('vim.api.nvim_buf_get_lines(0, 0, -1, false)')).join('\n'), /\+export const greet = \(\) => "HELLO";/);

  await neovim.command('buffer greet.js');
  await neovim.command('set autoread');
  await neovim.command('AgentAccept');
  await neovim.told('merged as');
  assert.match(place.read('greet.js'), /"HELLO"/);
  assert.equal(landed(), `Tess Ter ${task.id}`);
  await neovim.until(`vim.api.nvim_buf_get_lines(0, 0, 1, false)[1]:find('HELLO') ~= nil`);
});

test('Neovim: a task that the extension created is seen, and accepted from its message', { skip, timeout: 3 * patience }, async () => {
  await neovim.lua(`agent_answers = { ['shout the name: ready for review'] = 'Accept' }`);
  const task = await extension.request('agent/task/create', { prompt: 'shout the name' });
  await merged(task.id);
  assert.ok((await neovim.value('agent_progress')).some(({ kind, title }) => kind === 'begin' && title === 'Agent: shout the name'));
  assert.match(place.read('name.js'), /"WORLD"/);
  assert.equal(landed(), `Tess Ter ${task.id}`);
});

test('Neovim: what it delegated is seen by the extension, and accepted by the command line', { skip, timeout: 3 * patience }, async () => {
  await neovim.lua('agent_answers = {}');
  await neovim.command('Agent shout the farewell');
  const { task } = await extension.heard('agent/task/changed', changed => changed.task.title === 'shout the farewell');
  await ready(task.id);
  assert.equal((await place.cli('tasks')).tasks.find(each => each.id === task.id)?.state, 'readyForReview');
  await place.cli('accept', task.id);
  await merged(task.id);
  assert.match(place.read('bye.js'), /"BYE"/);
  assert.equal(landed(), `Tess Ter ${task.id}`);
});

test('Neovim: what the command line began is accepted by a command', { skip, timeout: 3 * patience }, async () => {
  await place.cli('run', 'shout the thanks');
  const { task } = await extension.heard('agent/task/changed', changed => changed.task.title === 'shout the thanks');
  await neovim.told('shout the thanks: ready for review');
  await neovim.command('AgentAccept');
  await merged(task.id);
  assert.match(place.read('thanks.js'), /"THANKS"/);
});

test('Neovim: an approval is asked, and its answer counts', { skip, timeout: 3 * patience }, async () => {
  await neovim.lua(`agent_answers = { ['may the agent run'] = 'Allow' }`);
  await neovim.command('Agent run the command');
  const { task } = await extension.heard('agent/task/changed', changed => changed.task.title === 'run the command');
  await ready(task.id);
  assert.equal(place.git('show', `agent/${task.id}:approved.txt`), 'approved');
});

test('Neovim: its settings are asked for again when they change, a bad one is told, and messages stop where none are wanted', { skip, timeout: 3 * patience }, async () => {
  const configure = value => neovim.lua(`
    local client = (vim.lsp.get_clients or vim.lsp.get_active_clients)()[1]
    client.config.settings.agentIde.notifications = '${value}'
    client.notify('workspace/didChangeConfiguration', { settings = client.config.settings })`);
  await configure('loud');
  await neovim.told('agentIde.notifications in your editor\'s configuration is "loud": it has to be all, questions or none. Until it is, all is used.');
  await configure('none');
  await neovim.command('Agent shout in silence');
  const { task } = await extension.heard('agent/task/changed', changed => changed.task.title === 'shout in silence');
  await ready(task.id);
  // The message that a command is answered with comes after anything that would have been said of the task.
  await neovim.command('AgentDiscard nobody');
  await neovim.told("no task 'nobody'");
  const said = await neovim.value('agent_messages');
  assert.deepEqual(said.filter(message => message.includes('shout in silence')), []);
});
