import * as vscode from 'vscode';
import type { Repositories } from '../../infrastructure/repositories';
import { showInformation } from '../../infrastructure/messages';
import { methods, type AgentTask, type DiffResult, type FileDiff } from '../../protocol.generated';
import { CheckedFiles } from './checkedFiles';
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
  readonly checked = new CheckedFiles();
  readonly #repositories: Repositories;
  #review: Review | undefined;

  constructor(repositories: Repositories) {
    this.#repositories = repositories;
  }

  get value(): Review | undefined {
    return this.#review;
  }

  /** Loads a task's changes, which the tree then shows. */
  async load(task: AgentTask, step?: number): Promise<DiffResult> {
    const range = step === undefined ? {} : { fromStep: step - 1, toStep: step };
    const diff = await this.#repositories.of(task).request(methods.diff, { id: task.id, ...range });
    if (step === undefined) this.checked.show(task.id, diff);
    this.#become({ task, diff, step });
    return diff;
  }

  /** Loads a task's changes and shows them all in the multi-file diff editor. */
  async open(task: AgentTask, step?: number): Promise<void> {
    const diff = await this.load(task, step);
    if (diff.files.length === 0) {
      void showInformation(step === undefined ? `“${task.title}” has changed nothing.` : `Step ${step} changed nothing.`);
      return;
    }

    const title = step === undefined ? `Agent: ${task.title}` : `Agent: ${task.title}, step ${step}`;
    const resources = diff.files.map(file => [uriAt(diff.headCommit, file.path), ...sides(file, diff.baseCommit, diff.headCommit)]);
    await vscode.commands.executeCommand('vscode.changes', title, resources);
  }

  async openFile(file: FileDiff): Promise<void> {
    if (this.#review === undefined) return;
    const { diff, task } = this.#review;
    const [left, right] = sides(file, diff.baseCommit, diff.headCommit);
    await vscode.commands.executeCommand('vscode.diff', left, right, `${file.path} (${task.title})`, { preview: true });
  }

  close(): void {
    this.#become(undefined);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #become(review: Review | undefined): void {
    this.#review = review;
    const what = review === undefined ? undefined : review.step === undefined ? 'all' : 'step';
    void vscode.commands.executeCommand('setContext', 'agentIde.reviewing', what);
    this.#changed.fire();
  }
}
