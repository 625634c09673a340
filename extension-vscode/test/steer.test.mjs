import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadWith, task } from './bundle.mjs';

const { openWorktree, rollBack, vscode: { commands, window } } = await loadWith('features/steer/steer.ts', './vscode.stub.mjs');

test('a worktree opens in a window beside this one; one that is gone is told of instead', async () => {
  await openWorktree(task({ title: 'Fix it', worktree: 'file:///r/.worktrees/a%20b' }));
  assert.deepEqual(commands.run.map(([name, uri, how]) => [name, uri.path, how]), [['vscode.openFolder', '/r/.worktrees/a b', { forceNewWindow: true }]]);
  await openWorktree(task({ title: 'Fix it', worktree: 'file:///r/.worktrees/gone' }));
  assert.equal(commands.run.length, 1);
  assert.match(window.shown[0], /“Fix it” has no worktree now/);
});

test('a roll back asks before it undoes steps or stops an agent, and not where it does neither', async () => {
  const sent = [];
  const coordinator = { request: (method, params) => Promise.resolve(void sent.push(params.step)) };
  window.showWarningMessage = (text, { modal }) => (assert.ok(modal), window.shown.push(text), Promise.resolve(window.answer));
  const asked = async (over, step, answer) => {
    [window.shown.length, sent.length, window.answer] = [0, 0, answer];
    await rollBack(coordinator, task({ title: 'Fix it', ...over }), step);
    return [...window.shown, ...sent];
  };
  assert.deepEqual(await asked({}, 1, undefined), ['Undo the last 2 steps of “Fix it”? It then stands at step 1; what is undone stays in git only.']);
  assert.equal((await asked({}, 2, 'Roll Back')).at(-1), 2);
  assert.deepEqual(await asked({}, 3, undefined), [3]);
  assert.match((await asked({ state: 'running' }, 2, undefined))[0], /^Undo the last step of .* The agent is stopped for it; Resume/);
  assert.deepEqual(await asked({ state: 'running' }, 3, undefined), ['Go back to step 3 of “Fix it”? The agent is stopped for it; Resume lets it go on from there.']);
});
