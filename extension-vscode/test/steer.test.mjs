import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWith, task } from './bundle.mjs';

const { openWorktree, vscode: { commands, window } } = await loadWith('features/steer/steer.ts', './vscode.stub.mjs');

test('a worktree opens in a window beside this one; one that is gone is told of instead', async () => {
  await openWorktree(task({ title: 'Fix it', worktree: 'file:///r/.worktrees/a%20b' }));
  assert.deepEqual(commands.run.map(([name, uri, how]) => [name, uri.path, how]), [['vscode.openFolder', '/r/.worktrees/a b', { forceNewWindow: true }]]);
  await openWorktree(task({ title: 'Fix it', worktree: 'file:///r/.worktrees/gone' }));
  assert.equal(commands.run.length, 1);
  assert.match(window.shown[0], /“Fix it” has no worktree now/);
});
