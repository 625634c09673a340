import path from 'node:path';
import * as vscode from 'vscode';
import type { Coordinator } from '../../infrastructure/coordinator';
import { showInformation, showingProgress, showWarning } from '../../infrastructure/messages';
import type { Repositories } from '../../infrastructure/repositories';
import { RequestFailed } from '../../infrastructure/requests';
import { methods, type AcceptParams, type AcceptResult, type AgentTask } from '../../protocol.generated';
import type { Chosen } from './checkedChanges';
import type { CurrentReview } from './review';

/** A person's decisions about conflicts, and the commits that they are about. */
export type Decided = Required<Pick<AcceptParams, 'expectedHead' | 'expectedBase' | 'resolutions' | 'expectedTarget'>>;

/** Accept Checked: merges the files and hunks that are checked in the review; the task keeps the rest. */
export async function acceptChecked(repositories: Repositories, review: CurrentReview): Promise<void> {
  const current = review.value;
  if (current === undefined || current.step !== undefined) {
    void showInformation('Review all changes of a task first: they are then in the Changes view, where they can be checked.');
    return;
  }

  const chosen = review.checked.chosen(current.diff.files);
  if (chosen?.files.length === 0 && chosen.hunks.length === 0) {
    void showInformation('Nothing is checked. Check the files or hunks that should be merged.');
    return;
  }

  await accept(repositories.of(current.task), review, current.task, chosen);
}

/**
 * Accept: merges what was reviewed, and only that; without a review, what the card shows at this moment.
 *
 * @param part Only this of the task; undefined: all.
 * @param decided What becomes of conflicts; who decided is told of those that are left.
 * @returns undefined where the task is no longer what was looked at, which was said.
 */
export async function accept(
  coordinator: Coordinator,
  review: CurrentReview,
  task: AgentTask,
  part: Partial<Chosen> = {},
  decided?: Decided,
): Promise<AcceptResult | undefined> {
  const shown = review.of(task);
  const reviewed = shown?.step === undefined ? shown?.diff : undefined;
  // The base only with a part: whatever has landed since is less to land, but hunks are then others.
  const isPart = part.files !== undefined || part.hunks !== undefined;
  const base = isPart && reviewed !== undefined ? { expectedBase: reviewed.baseCommit } : {};
  const asked = { id: task.id, expectedHead: reviewed?.headCommit ?? task.head, ...base, ...part, ...decided };
  const result = await ifCurrent(coordinator, review, task, () => showingProgress(`Merging “${task.title}”`, () => coordinator.request(methods.accept, asked)));
  if (result === undefined) return undefined;
  if (result.conflicts.length > 0) {
    if (decided === undefined || result.task.state !== 'conflict') await tellConflicts(coordinator, result, part);
    return result;
  }

  if (result.task.state !== 'merged') {
    await tellPart(review, result);
    return result;
  }

  review.leave(task);
  const said = result.commit === undefined ? `“${task.title}” had nothing to merge.` : `“${task.title}” was merged as ${result.commit.slice(0, 8)}.`;
  void showInformation([said, ...result.task.removalNotices].join(' '));
  return result;
}

/** Where the task is no longer what was looked at nothing is merged, and a person is led to what it is now. */
async function ifCurrent(coordinator: Coordinator, review: CurrentReview, task: AgentTask, merge: () => Thenable<AcceptResult>): Promise<AcceptResult | undefined> {
  try {
    return await merge();
  } catch (error) {
    const failed = RequestFailed.from(error);
    if (failed.code !== 'headMoved' && failed.code !== 'baseMoved') throw failed;
    const what = failed.code === 'headMoved' ? 'the agent has gone on since you looked' : 'part of it has been accepted since you looked';
    const again = await showWarning(`Nothing was merged: ${what}. Look at “${task.title}” again, then accept.`, 'Review Again');
    if (again !== undefined) await review.open(coordinator.store.find(task.id) ?? task);
    return undefined;
  }
}

/** Discard, with a way back: nothing is lost. */
export async function discard(coordinator: Coordinator, review: CurrentReview, task: AgentTask): Promise<void> {
  await coordinator.request(methods.discard, { id: task.id });
  review.leave(task);
  if ((await showInformation(`“${task.title}” was discarded.`, 'Undo')) === 'Undo') {
    await coordinator.request(methods.restore, { id: task.id });
  }
}

/** Something landed: the review goes on with the others. */
async function tellPart(review: CurrentReview, { task, commit }: AcceptResult): Promise<void> {
  await review.reload(task);
  const landed = commit === undefined ? 'Your branch has what was checked already' : `What was checked was merged as ${commit.slice(0, 8)}`;
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
