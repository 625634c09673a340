import * as vscode from 'vscode';
import { isAtWork } from '../../allowed';
import type { Coordinator } from '../../infrastructure/coordinator';
import { choose, confirm, showInformation } from '../../infrastructure/messages';
import type { Repositories } from '../../infrastructure/repositories';
import { methods, type AgentTask } from '../../protocol.generated';

/** Roll back: a person chooses the last step that stays, or confirms the one that was clicked. The undone steps are kept. */
export async function rollBack(coordinator: Coordinator, task: AgentTask, step?: number): Promise<void> {
  const target = step ?? (await pickStep(coordinator, task, `Roll back “${task.title}”`, 'The last step that stays'));
  if (target === undefined) return;
  const what = whatIsUndone(task, target);
  if (step === undefined || what === undefined || (await confirm(what, 'Roll Back'))) await coordinator.request(methods.rollback, { id: task.id, step: target });
}

/** What a click on a step would take away; undefined where that is nothing. Who has chosen the step of a list has been asked enough. */
function whatIsUndone(task: AgentTask, target: number): string | undefined {
  const undone = task.steps - target;
  const stops = isAtWork(task) ? ' The agent is stopped for it; Resume lets it go on from there.' : '';
  if (undone < 1) return stops === '' ? undefined : `Go back to step ${target} of “${task.title}”?${stops}`;
  return `Undo ${undone === 1 ? 'the last step' : `the last ${undone} steps`} of “${task.title}”? It then stands at step ${target}; what is undone stays in git only.${stops}`;
}

/** Fork: a new task that goes on from a step of this one, with the conversation so far and what is typed here. */
export async function fork(coordinator: Coordinator, task: AgentTask, step?: number): Promise<void> {
  const from = step ?? (await pickStep(coordinator, task, `Fork “${task.title}”`, 'The step to go on from'));
  if (from === undefined) return;
  const prompt = await vscode.window.showInputBox({ title: `Fork “${task.title}” at step ${from}`, prompt: 'What should be done from there? Empty: go on as before', ignoreFocusOut: true });
  if (prompt === undefined) return;
  await coordinator.request(methods.fork, { id: task.id, step: from, ...(prompt.trim() === '' ? {} : { prompt }) });
}

/** The agent's own copy, in a window beside this one. A window on a folder that is not there would say nothing of the task. */
export async function openWorktree(task: AgentTask): Promise<void> {
  const folder = vscode.Uri.parse(task.worktree);
  if (await exists(folder)) await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
  else void showInformation(`“${task.title}” has no worktree now. One is made when a task starts, and removed when it was merged or discarded; Restore brings it back.`);
}

async function exists(folder: vscode.Uri): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.stat(folder)).type === vscode.FileType.Directory;
  } catch {
    return false; // Whatever keeps it from being read keeps it from being opened.
  }
}

/** A new task: from the panel's composer, or by a box where the panel is not at hand. */
export async function newTask(repositories: Repositories): Promise<void> {
  const coordinator = await repositories.choose('New Task');
  if (coordinator === undefined) return;
  const prompt = await vscode.window.showInputBox({ title: 'New Task', prompt: 'What should be done?', ignoreFocusOut: true });
  if (prompt === undefined || prompt.trim() === '') return;
  await coordinator.request(methods.create, { prompt });
  await vscode.commands.executeCommand('agentIde.tasks.focus', { preserveFocus: true });
}

async function pickStep(coordinator: Coordinator, task: AgentTask, title: string, placeHolder: string): Promise<number | undefined> {
  const { steps } = await coordinator.request(methods.get, { id: task.id });
  const items = [
    { label: '0', description: 'before the first step', number: 0 },
    ...steps.map(step => ({ label: `${step.number}`, description: `${step.tool}: ${step.summary}`, detail: step.files.join(', '), number: step.number })),
  ].reverse();
  return (await choose(items, { title, placeHolder, matchOnDescription: true }))?.number;
}
