import type { AgentTask } from '../protocol.generated';
import { choose, showInformation } from './messages';
import type { Repositories } from './repositories';

/**
 * What a command may be called with: a task, its id, or an object that has one (a code lens). Equal ids of several repositories differ in the
 * worktree; the head is the one that was shown. Undefined for all else: a button above a tree passes what is focused in it.
 */
export function nameOf(argument: unknown): { readonly id: string; readonly worktree?: string; readonly head?: string } | undefined {
  if (typeof argument === 'string') return { id: argument };
  if (typeof argument !== 'object' || argument === null || !('id' in argument) || typeof argument.id !== 'string') return undefined;
  const { id, worktree, head } = argument as { readonly id: string; readonly worktree?: unknown; readonly head?: unknown };
  return { id, ...(typeof worktree === 'string' ? { worktree } : {}), ...(typeof head === 'string' ? { head } : {}) };
}

/** The named task, or the one a person chooses of those that fit; undefined when there is none, which is said, or none was chosen. */
export async function pickTask(repositories: Repositories, argument: unknown, fits: (task: AgentTask) => boolean, none: string): Promise<AgentTask | undefined> {
  const named = nameOf(argument);
  if (named !== undefined) {
    const task = repositories.find(named.id, named.worktree);
    if (task === undefined) void showInformation('This task is not known here any more.');
    return task;
  }

  const tasks = repositories.tasks.filter(fits);
  if (tasks.length === 0) {
    void showInformation(none);
    return undefined;
  }

  if (tasks.length === 1) return tasks[0];
  const placeOf = (task: AgentTask): string => [task.id, repositories.nameOf(repositories.of(task))].filter(Boolean).join(', ');
  const items = tasks.map(task => ({ label: task.title, description: placeOf(task), detail: stateText(task), task }));
  return (await choose(items, { placeHolder: 'Which task?', matchOnDescription: true }))?.task;
}

/** The task with the head that it was offered with. A message may be answered long after, and what has come since is not accepted unseen. */
export function asOffered(task: AgentTask, argument: unknown): AgentTask {
  return { ...task, head: nameOf(argument)?.head ?? task.head };
}

/** The protocol's `readyForReview` as a person says it. */
export function stateText(task: AgentTask): string {
  return task.state.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
}
