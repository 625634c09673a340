import * as vscode from 'vscode';
import type { Coordinator } from '../../infrastructure/coordinator';
import { showInformation, showingProgress, showWarning } from '../../infrastructure/messages';
import { methods, type AgentTask, type FileConflict } from '../../protocol.generated';
import type { CurrentReview } from './review';

/** Accept: merges what was reviewed, and only that; without a review, what the card shows at this moment. */
export async function accept(coordinator: Coordinator, review: CurrentReview, task: AgentTask): Promise<void> {
  const reviewed = review.value?.task.id === task.id && review.value.step === undefined ? review.value.diff.headCommit : task.head;
  const result = await showingProgress(`Merging “${task.title}”`, () => coordinator.request(methods.accept, { id: task.id, expectedHead: reviewed }));
  if (result.conflicts.length > 0) {
    await tellConflicts(result.task, result.conflicts);
    return;
  }

  if (review.value?.task.id === task.id) review.close();
  const said = result.commit === undefined ? `“${task.title}” had nothing to merge.` : `“${task.title}” was merged as ${result.commit.slice(0, 8)}.`;
  void showInformation(said);
}

/** Discard, with a way back: nothing is lost. */
export async function discard(coordinator: Coordinator, review: CurrentReview, task: AgentTask): Promise<void> {
  await coordinator.request(methods.discard, { id: task.id });
  if (review.value?.task.id === task.id) review.close();
  if ((await showInformation(`“${task.title}” was discarded.`, 'Undo')) === 'Undo') {
    await coordinator.request(methods.restore, { id: task.id });
  }
}

async function tellConflicts(task: AgentTask, conflicts: readonly FileConflict[]): Promise<void> {
  const paths = [...new Set(conflicts.map(conflict => conflict.path))].join(', ');
  const message = [task.error?.message ?? `Nothing was merged: “${task.title}” conflicts in ${paths}.`, task.error?.hint].filter(Boolean).join(' ');
  const first = conflicts[0];
  const folder = vscode.workspace.workspaceFolders?.[0];
  if ((await showWarning(message, 'Open File')) === 'Open File' && first !== undefined && folder !== undefined) {
    const line = (first.ranges[0]?.start ?? 1) - 1;
    await vscode.window.showTextDocument(vscode.Uri.joinPath(folder.uri, first.path), { selection: new vscode.Range(line, 0, line, 0) });
  }
}
