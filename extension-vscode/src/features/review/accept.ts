import path from 'node:path';
import * as vscode from 'vscode';
import type { Coordinator } from '../../infrastructure/coordinator';
import { showInformation, showingProgress, showWarning } from '../../infrastructure/messages';
import type { Repositories } from '../../infrastructure/repositories';
import { methods, type AcceptParams, type AcceptResult, type AgentTask } from '../../protocol.generated';
import type { CurrentReview } from './review';

/** A person's decisions about conflicts, and the commits that they are about. */
export type Decided = Required<Pick<AcceptParams, 'expectedHead' | 'resolutions' | 'expectedTarget'>>;

/** Accept Checked Files: merges what is checked in the review; the task keeps the rest. */
export async function acceptChecked(repositories: Repositories, review: CurrentReview): Promise<void> {
  const current = review.value;
  if (current === undefined || current.step !== undefined) {
    void showInformation('Review a task first: its files are then in the Changes view, where they can be checked.');
    return;
  }

  const files = review.checked.chosen(current.diff.files);
  if (files?.length === 0) {
    void showInformation('No file is checked. Check those that should be merged.');
    return;
  }

  await accept(repositories.of(current.task), review, current.task, files);
}

/**
 * Accept: merges what was reviewed, and only that; without a review, what the card shows at this moment.
 *
 * @param files Only these; undefined: all.
 * @param decided What becomes of conflicts; who decided is told of those that are left.
 */
export async function accept(coordinator: Coordinator, review: CurrentReview, task: AgentTask, files?: readonly string[], decided?: Decided): Promise<AcceptResult> {
  const reviewed = review.value?.task.id === task.id && review.value.step === undefined ? review.value.diff.headCommit : task.head;
  const chosen = files === undefined ? {} : { files };
  const result = await showingProgress(`Merging “${task.title}”`, () => coordinator.request(methods.accept, { id: task.id, expectedHead: reviewed, ...chosen, ...decided }));
  if (result.conflicts.length > 0) {
    if (decided === undefined || result.task.state !== 'conflict') await tellConflicts(coordinator, result, chosen);
    return result;
  }

  if (result.task.state !== 'merged') {
    await tellPart(review, result);
    return result;
  }

  if (review.value?.task.id === task.id) review.close();
  const said = result.commit === undefined ? `“${task.title}” had nothing to merge.` : `“${task.title}” was merged as ${result.commit.slice(0, 8)}.`;
  void showInformation(said);
  return result;
}

/** Discard, with a way back: nothing is lost. */
export async function discard(coordinator: Coordinator, review: CurrentReview, task: AgentTask): Promise<void> {
  await coordinator.request(methods.discard, { id: task.id });
  if (review.value?.task.id === task.id) review.close();
  if ((await showInformation(`“${task.title}” was discarded.`, 'Undo')) === 'Undo') {
    await coordinator.request(methods.restore, { id: task.id });
  }
}

/** Some files landed: the review goes on with the others. */
async function tellPart(review: CurrentReview, { task, commit }: AcceptResult): Promise<void> {
  await review.load(task);
  const landed = commit === undefined ? 'Your branch has the checked files already' : `The checked files were merged as ${commit.slice(0, 8)}`;
  const rest = task.changes.files === 1 ? '1 file remains' : `${task.changes.files} files remain`;
  if ((await showInformation(`${landed}; of “${task.title}” ${rest}.`, 'Review the Rest')) === 'Review the Rest') await review.open(task);
}

async function tellConflicts(coordinator: Coordinator, { task, conflicts }: AcceptResult, part: object): Promise<void> {
  const paths = [...new Set(conflicts.map(conflict => conflict.path))].join(', ');
  const message = [task.error?.message ?? `Nothing was merged: “${task.title}” conflicts in ${paths}.`, task.error?.hint].filter(Boolean).join(' ');
  const first = conflicts[0];
  const choice = await showWarning(message, ...(task.state === 'conflict' ? ['Resolve Conflict'] : []), 'Open File');
  if (choice === 'Resolve Conflict') await vscode.commands.executeCommand('agentIde.resolve', task, part);
  else if (choice === 'Open File' && first !== undefined) {
    const line = (first.ranges[0]?.start ?? 1) - 1;
    await vscode.window.showTextDocument(vscode.Uri.file(path.join(coordinator.root, first.path)), { selection: new vscode.Range(line, 0, line, 0) });
  }
}
