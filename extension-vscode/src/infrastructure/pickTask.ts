import * as vscode from 'vscode';
import type { AgentTask } from '../protocol.generated';
import { showInformation } from './messages';
import type { TaskStore } from './taskStore';

/** What a command may be called with: a task's id, or an object that has one (the panel, the tree, a code lens). */
export function idOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (typeof argument === 'object' && argument !== null && 'id' in argument && typeof argument.id === 'string') return argument.id;
  return undefined;
}

/** The named task, or the one a person chooses of those that fit; undefined when there is none, which is said, or none was chosen. */
export async function pickTask(store: TaskStore, argument: unknown, fits: (task: AgentTask) => boolean, none: string): Promise<AgentTask | undefined> {
  const id = idOf(argument);
  if (id !== undefined) return store.find(id);
  const tasks = store.tasks.filter(fits);
  if (tasks.length === 0) {
    void showInformation(none);
    return undefined;
  }

  if (tasks.length === 1) return tasks[0];
  const items = tasks.map(task => ({ label: task.title, description: task.id, detail: stateText(task), task }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Which task?', matchOnDescription: true }))?.task;
}

/** The protocol's `readyForReview` as a person says it. */
export function stateText(task: AgentTask): string {
  return task.state.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
}
