import * as vscode from 'vscode';
import type { Repositories } from '../../infrastructure/repositories';
import { showInformation } from '../../infrastructure/messages';
import { methods, type AgentTask, type DiffResult } from '../../protocol.generated';
import { isHunk, linesOf, type Change } from './changes';
import { CheckedChanges } from './checkedChanges';
import { sides, uriAt } from './documents';

/** What is being reviewed: exactly this head, and no other, is what Accept merges. */
export interface Review {
  readonly task: AgentTask;
  readonly diff: DiffResult;
  /** The step whose changes alone are shown; undefined: all of them. */
  readonly step: number | undefined;
}

/** The review that the changes tree, the comments and Accept are about. One at a time, as there is one tree. */
export class CurrentReview implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onChanged = this.#changed.event;
  readonly #aged = new vscode.EventEmitter<void>();
  /** The task has gone on from what is shown, or come back to it. */
  readonly onAged = this.#aged.event;
  readonly checked = new CheckedChanges();
  readonly #repositories: Repositories;
  readonly #stopFollowing: () => void;
  #review: Review | undefined;
  /** What was asked for last: answers come in another order than they were asked for, and the last wish is the one that counts. */
  #wanted: { readonly task: AgentTask } | undefined;

  constructor(repositories: Repositories) {
    this.#repositories = repositories;
    this.#stopFollowing = repositories.onTasks((_, id) => this.#follow(id));
  }

  get value(): Review | undefined {
    return this.#review;
  }

  /** The review that is shown, where it is of this task. */
  of(task: AgentTask): Review | undefined {
    return this.#review !== undefined && isSame(this.#review.task, task) ? this.#review : undefined;
  }

  /** What a person has to know of the changes that are shown; undefined where they are as they seem. */
  get explanation(): string | undefined {
    const review = this.#review;
    if (review === undefined) return undefined;
    if (review.step !== undefined) return `Only what step ${review.step} changed. Review All Changes shows the whole, which can be accepted in part.`;
    const { head, base } = this.#now(review.task) ?? review.task;
    if (head !== review.diff.headCommit) return 'The agent has gone on since. Review All Changes shows what there is now.';
    return base.commit === review.diff.baseCommit ? undefined : 'Part of this has been accepted elsewhere. Review All Changes shows what remains.';
  }

  /** Loads a task's changes anew, unless a person wants to see others by now. */
  async reload(task: AgentTask): Promise<void> {
    if (this.#wanted === undefined || isSame(this.#wanted.task, task)) await this.#load(task);
  }

  /** Loads a task's changes, which the tree then shows. @returns undefined where something else was asked for meanwhile. */
  async #load(task: AgentTask, step?: number): Promise<DiffResult | undefined> {
    const wanted = { task };
    this.#wanted = wanted;
    const range = step === undefined ? {} : { fromStep: step - 1, toStep: step };
    const diff = await this.#repositories.of(task).request(methods.diff, { id: task.id, ...range });
    if (this.#wanted !== wanted || this.#isOver(task)) return undefined;
    if (step === undefined) this.checked.show(task.id, diff);
    this.#become({ task, diff, step });
    return diff;
  }

  /** Loads a task's changes and shows them all in the multi-file diff editor. */
  async open(task: AgentTask, step?: number): Promise<void> {
    const diff = await this.#load(task, step);
    if (diff === undefined) return;
    if (diff.files.length === 0) {
      void showInformation(step === undefined ? `“${task.title}” has changed nothing.` : `Step ${step} changed nothing.`);
      return;
    }

    const title = step === undefined ? `Agent: ${task.title}` : `Agent: ${task.title}, step ${step}`;
    const resources = diff.files.map(file => [uriAt(diff.headCommit, file.path), ...sides(file, diff.baseCommit, diff.headCommit)]);
    await vscode.commands.executeCommand('vscode.changes', title, resources);
  }

  /** Opens both sides of a file; for a hunk, where it is. */
  async openChange(change: Change): Promise<void> {
    if (this.#review === undefined) return;
    const { diff, task } = this.#review;
    const file = isHunk(change) ? change.file : change;
    const [left, right] = sides(file, diff.baseCommit, diff.headCommit);
    const line = isHunk(change) ? linesOf(change.hunk).start - 1 : undefined;
    const place = line === undefined ? {} : { selection: new vscode.Range(line, 0, line, 0) };
    await vscode.commands.executeCommand('vscode.diff', left, right, `${file.path} (${task.title})`, { preview: true, preserveFocus: true, ...place });
  }

  /** Nothing is to be reviewed any more, nor what is on its way. */
  close(): void {
    this.#wanted = undefined;
    this.#become(undefined);
  }

  /** The task is over, and its review with it; that of another one is left, and comes where it was asked for. */
  leave(task: AgentTask): void {
    if (this.#wanted !== undefined && isSame(this.#wanted.task, task)) this.#wanted = undefined;
    if (this.of(task) !== undefined) this.#become(undefined);
  }

  dispose(): void {
    this.#stopFollowing();
    this.#changed.dispose();
    this.#aged.dispose();
  }

  /** The task may be accepted, discarded or steered from elsewhere as well. */
  #follow(id: string | undefined): void {
    if (this.#review === undefined || (id !== undefined && id !== this.#review.task.id)) return;
    if (this.#isOver(this.#review.task)) this.leave(this.#review.task);
    else this.#aged.fire();
  }

  /** Whether it is gone, or has ended since it was looked at. */
  #isOver(task: AgentTask): boolean {
    const now = this.#now(task);
    return now === undefined || (hasEnded(now) && !hasEnded(task));
  }

  #now(task: AgentTask): AgentTask | undefined {
    return this.#repositories.find(task.id, task.worktree);
  }

  #become(review: Review | undefined): void {
    this.#review = review;
    const what = review === undefined ? undefined : review.step === undefined ? 'all' : 'step';
    void vscode.commands.executeCommand('setContext', 'agentIde.reviewing', what);
    this.#changed.fire();
  }
}

/** Ids are of one repository; worktrees are everywhere. */
const isSame = (one: AgentTask, other: AgentTask): boolean => one.id === other.id && one.worktree === other.worktree;

export const hasEnded = ({ state }: AgentTask): boolean => state === 'merged' || state === 'discarded';
