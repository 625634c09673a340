import * as vscode from 'vscode';
import type { AgentTask } from '../../../protocol.generated';
import type { BegunResolution } from './begunResolution';

const key = 'agentIde.resolutions';

/** The resolutions that were begun in this workspace. They survive a reload, as the results on disk do. */
export class BegunResolutions {
  readonly #state: vscode.Memento;

  constructor(state: vscode.Memento) {
    this.#state = state;
    this.#showButtons();
  }

  get all(): readonly BegunResolution[] {
    return this.#state.get<readonly BegunResolution[]>(key, []);
  }

  of(task: AgentTask): BegunResolution | undefined {
    return this.all.find(({ worktree }) => worktree === task.worktree);
  }

  /** Whether it still holds: a message may be answered when it was accepted already, or begun anew. */
  has(begun: BegunResolution): boolean {
    return this.all.some(each => JSON.stringify(each) === JSON.stringify(begun));
  }

  /** The one that a document is a result of. */
  withResult(uri: vscode.Uri): BegunResolution | undefined {
    return this.all.find(({ results }) => Object.values(results).includes(uri.toString()));
  }

  /** Takes the place of an earlier one of the same task. */
  async keep(begun: BegunResolution): Promise<void> {
    await this.#update([...this.all.filter(({ worktree }) => worktree !== begun.worktree), begun]);
  }

  async forget(begun: BegunResolution): Promise<void> {
    await this.#update(this.all.filter(({ worktree }) => worktree !== begun.worktree));
  }

  async #update(all: readonly BegunResolution[]): Promise<void> {
    await this.#state.update(key, all);
    this.#showButtons();
  }

  /**
   * The button above a merge editor is there where its result is one of these. By path: a remote window names files by another scheme, and
   * then by the path of their URI, which on Windows is not that of the file system.
   */
  #showButtons(): void {
    const results = this.all.flatMap(each => Object.values(each.results).map(uri => vscode.Uri.parse(uri, true)));
    void vscode.commands.executeCommand('setContext', 'agentIde.resolving', [...new Set(results.flatMap(({ fsPath, path }) => [fsPath, path]))]);
  }
}
