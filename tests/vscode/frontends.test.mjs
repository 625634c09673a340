// Two tasks of the panel, with the extension as it is installed: one is accepted in Neovim, the other by the command line, and the panel says so.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openNeovim, withoutNeovim } from '../shared/neovim.mjs';
import { cardsOf, edit, finish, makeFolder, modelAt, read, write } from './fixture.mjs';
import { startModel } from './model.mjs';
import { openPanel, patience, reasonToSkip, startEditor } from './workbench.mjs';

const skip = reasonToSkip() || withoutNeovim();
const inNeovim = 'shout the greeting';
const inTerminal = 'write down who is greeted';
const script = {
  [inNeovim]: [read('greet.js'), edit('greet.js', '"hello"', '"HELLO"'), finish('The greeting is louder now.')],
  [inTerminal]: [write('greeted.txt', 'the world\n'), finish('It is written down.')],
};

let repository;
let model;
let editor;
let panel;
let neovim;

before(async () => {
  if (skip) return;
  repository = makeFolder({ 'greet.js': 'export const greet = () => "hello";\n' });
  model = await startModel(script);
  editor = await startEditor({ environment: modelAt(model) });
  panel = await openPanel(await editor.open(repository.folder));
});

after(async () => {
  await neovim?.close();
  await editor?.close();
  await model?.stop();
  repository?.remove();
});

test('a task created in VS Code is seen and accepted from Neovim, and another from the command line', { skip, timeout: 4 * patience }, async () => {
  const { card, create, reaches } = cardsOf(panel);
  const idOf = title => card(title).getAttribute('data-task-id');
  for (const title of [inNeovim, inTerminal]) {
    await create(title);
    await reaches(title, 'readyForReview');
  }

  const environment = { ...editor.environment, PATH: `${path.dirname(editor.server)}${path.delimiter}${process.env.PATH}` };
  neovim = await openNeovim({ folder: editor.folder, repository: repository.folder, environment }, 'greet.js');
  await neovim.told(`${inNeovim}: ready for review (1 file, +1 −1)`);
  await neovim.command(`AgentAccept ${await idOf(inNeovim)}`);
  await neovim.told(`${inNeovim}: merged as`);
  await reaches(inNeovim, 'merged');
  await reaches(inTerminal, 'readyForReview');

  const cli = (...words) => JSON.parse(execFileSync(editor.server, [...words, '--json'], { cwd: repository.folder, env: environment, encoding: 'utf8', timeout: patience }));
  const seen = cli('tasks').tasks.map(({ title, state }) => `${title}: ${state}`);
  assert.deepEqual(seen.sort(), [`${inNeovim}: merged`, `${inTerminal}: readyForReview`]);
  cli('accept', await idOf(inTerminal));
  await reaches(inTerminal, 'merged');
  await reaches(inNeovim, 'merged');

  assert.match(repository.text('greet.js'), /"HELLO"/);
  assert.equal(repository.text('greeted.txt'), 'the world\n');
  const landed = repository.git('log', '-2', '--reverse', '--format=%an %(trailers:key=Agent-Task,valueonly,separator=%x2C)').split('\n');
  assert.deepEqual(landed, [`Tess Ter ${await idOf(inNeovim)}`, `Tess Ter ${await idOf(inTerminal)}`]);
  assert.equal(repository.git('status', '--porcelain'), '');
});
