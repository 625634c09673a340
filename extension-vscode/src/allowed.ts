import type { AgentTask } from './protocol.generated';

// What the coordinator carries out on a task as it is: the panel's buttons and what a command offers to choose from both go by this.

/** It can be stopped: it works, or waits for its place or for a person. */
export function isAtWork(task: AgentTask): boolean {
  return ['queued', 'preparing', 'running', 'waitingForApproval', 'waitingForUser'].includes(task.state);
}

/** The branch can be taken back; a task at work is stopped for it. */
export function canRollBack(task: AgentTask): boolean {
  return canFork(task) && !['queued', 'validating', 'merging', 'merged', 'discarded'].includes(task.state);
}

/** Its conversation can be gone on with elsewhere, whatever has become of it. A fork that waits for its place has its parent's steps and nothing of its own. */
export function canFork(task: AgentTask): boolean {
  return task.steps > 0 && task.startedAt !== undefined && task.state !== 'preparing';
}

/** It has a worktree to look into. One that failed very early has none all the same, which only looking tells. */
export function hasWorktree(task: AgentTask): boolean {
  return task.startedAt !== undefined && !['queued', 'preparing', 'merged', 'discarded'].includes(task.state);
}
