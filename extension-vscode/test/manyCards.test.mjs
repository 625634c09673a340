// A hundred tasks on the panel: what is drawn again, in which order, where the keyboard stays and what a screen reader hears.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { task } from './bundle.mjs';
import { draw, keepingFocus, told, window } from './panelWindow.mjs';

const hour = number => `2026-01-01T${String(number % 24).padStart(2, '0')}:00:00Z`;
const many = count => Array.from({ length: count }, (_, index) => task({ id: `task-${index}`, title: `Task ${index}`, state: 'running' }));
const ids = body => [...body.querySelectorAll('.card')].map(card => card.dataset.taskId);
const changed = (state, over) => told(state, { type: 'changed', task: task(over) });

/** Counts how often a card is made of a task: each time its title is read once or more. */
function counted(tasks, drawn) {
  return tasks.map(each => Object.defineProperty({ ...each }, 'title', { get: () => (drawn.add(each.id), `Task ${each.id}`) }));
}

test('of a hundred cards only that of the task that changed is drawn again', () => {
  const drawn = new Set();
  let state = { tasks: counted(many(100), drawn), steps: new Map() };
  const { again } = draw(state);
  assert.equal(drawn.size, 100);
  drawn.clear();
  const [next] = counted([task({ id: 'task-42', state: 'running', steps: 9 })], drawn);
  state = told(state, { type: 'changed', task: next });
  again(state);
  assert.deepEqual([...drawn], ['task-42']);
});

test('a second that passes draws the cards of tasks at work, and no others', () => {
  const drawn = new Set();
  const [works, rests] = [task({ id: 'works', state: 'running', startedAt: hour(0), endedAt: undefined }), task({ id: 'rests', startedAt: hour(0), endedAt: hour(1) })];
  const state = { tasks: counted([works, rests], drawn), steps: new Map() };
  const { again } = draw(state);
  drawn.clear();
  again(state, '2026-01-01T00:02:01Z');
  assert.deepEqual([...drawn], ['works']);
});

test('cards keep their order while tasks work, and what is over never pushes away what is not', () => {
  let state = { tasks: [], steps: new Map() };
  for (const number of [2, 0, 3, 1]) state = changed(state, { id: `task-${number}`, createdAt: hour(number), state: 'running' });
  const { body, again } = draw(state);
  assert.deepEqual(ids(body), ['task-3', 'task-2', 'task-1', 'task-0']);
  for (const number of [1, 3, 0]) state = changed(state, { id: `task-${number}`, createdAt: hour(number), state: 'running', steps: 5 + number });
  again(state);
  assert.deepEqual(ids(body), ['task-3', 'task-2', 'task-1', 'task-0']);
  state = changed(state, { id: 'task-3', createdAt: hour(3), state: 'merged' });
  again(state);
  assert.deepEqual(ids(body), ['task-2', 'task-1', 'task-0', 'task-3']);
  assert.deepEqual([...body.querySelectorAll('[role="list"]')].map(list => list.getAttribute('aria-label')), ['Tasks', 'Finished tasks']);
});

test('a screen reader is told politely of a new state, and not of each step or token', () => {
  let state = { tasks: [task({ state: 'running' })], steps: new Map(), announcement: '' };
  const { body, again } = draw(state);
  const aloud = body.querySelector('[aria-live="polite"]');
  const hears = over => {
    state = changed(state, over);
    again(state);
    return aloud.textContent;
  };
  assert.equal(hears({ state: 'running', steps: 4 }), '');
  assert.equal(hears({ state: 'running', budget: { ...task().budget, contextTokens: 5000, costUsd: 0.3 } }), '');
  assert.equal(hears({ state: 'waitingForApproval' }), 'Fix the parser: needs your approval');
  assert.equal(hears({ state: 'running', steps: 5 }), 'Fix the parser: running');
  assert.equal(hears({ state: 'readyForReview' }), 'Fix the parser: ready for review');
  assert.equal(hears({ state: 'merging' }), 'Fix the parser: ready for review');
  assert.equal(body.querySelectorAll('[role="status"], [aria-live]').length, 1);
});

test('the keyboard stays on its card when the button it was on is gone, or the card moved', () => {
  let state = { tasks: [task({ id: 'newer' }), task({ id: 'older', state: 'running' })], steps: new Map() };
  const { body, again } = draw(state);
  body.querySelector('[data-task-id="older"] [data-action="stop"]').focus();
  const becomes = next => {
    state = changed(state, { id: 'older', state: next });
    keepingFocus(window.document, () => again(state));
    return window.document.activeElement;
  };
  // Not on "Accept", which comes to lie where "Stop" was.
  assert.equal(becomes('readyForReview').dataset.taskId, 'older');
  window.document.activeElement.querySelector('[data-action="accept"]').focus();
  assert.equal(becomes('merged').dataset.taskId, 'older');
  assert.equal(window.document.activeElement.dataset.state, 'merged');
});

test('arrow keys go from card to card, and Escape folds the one that is unfolded', () => {
  const tasks = [task({ id: 'one' }), task({ id: 'two' }), task({ id: 'three', state: 'merged' })];
  const { body, sent } = draw({ tasks }, { unfolded: ['two'] });
  const press = key => window.document.activeElement.dispatchEvent(new window.KeyboardEvent('keydown', { key, bubbles: true }));
  const at = () => window.document.activeElement.closest('.card').dataset.taskId;
  body.querySelector('[data-task-id="one"] [data-action="accept"]').focus();
  press('ArrowDown');
  assert.equal(at(), 'two');
  press('ArrowDown');
  press('ArrowDown');
  assert.equal(at(), 'three');
  press('Home');
  assert.equal(at(), 'one');
  press('Escape');
  assert.deepEqual(sent, []);
  press('ArrowDown');
  press('Escape');
  assert.deepEqual(sent, [{ fold: 'two' }]);
  body.querySelector('[data-task-id="two"] .message').focus();
  press('ArrowDown');
  assert.equal(at(), 'two');
});
