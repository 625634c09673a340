// Emacs with eglot and the documented configuration.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { documented } from '../shared/documented.mjs';
import { edit, finish, makeWorkplace, patience, read, reasonToSkip, root } from './workplace.mjs';

const hasEglot = () => spawnSync('emacs', ['--batch', '--eval', "(progn (package-initialize) (require 'eglot))"]).status === 0;
const skip = reasonToSkip('emacs') || (hasEglot() ? false : 'Emacs has no eglot here (elpa-eglot, or Emacs 29)');
const script = {
  'shout the list': [read('list.txt'), edit('list.txt', 'milk', 'MILK'), finish('Louder.')],
  'unsaved words': [read('notes.txt'), edit('notes.txt', 'a note', 'A NOTE'), finish('Louder.')],
};

let place;

before(async () => {
  if (skip) return;
  place = await makeWorkplace({ script, files: { 'notes.txt': 'a note\n', 'list.txt': 'milk\n' } });
});

after(() => place?.close());

test('Emacs: eglot connects, delegates a region by a code action, gives a task, reviews and accepts it, and its settings count', { skip, timeout: 3 * patience }, async () => {
  const configuration = path.join(place.folder, 'agent-ide.el');
  writeFileSync(configuration, documented('Emacs', 'elisp'));
  const { stdout, stderr } = await promisify(execFile)(
    'emacs', ['--batch', '--eval', '(package-initialize)', '--load', configuration, '--load', path.join(root, 'tests/editors/emacs-session.el')],
    { cwd: place.repository, env: place.environment, timeout: 2 * patience });
  const said = Object.assign({}, ...stdout.trim().split('\n').map(line => JSON.parse(line)));
  assert.equal(said.server, 'agent-ide', stderr);
  assert.match(said.patch, /\+MILK/);
  assert.equal(said.accepted, true);
  assert.equal(said.configured, true, stderr);
  assert.equal(place.read('list.txt'), 'MILK\n');
  assert.match(place.git('log', '-1', '--format=%an %(trailers:key=Agent-Task,valueonly)'), /^Tess Ter shout-the-list/);
  const { tasks } = await place.cli('tasks');
  const delegated = tasks.find(each => each.state === 'readyForReview');
  assert.match(delegated.prompt, /notes\.txt, line/);
  assert.match(delegated.prompt, /unsaved words/);
});
