import * as vscode from 'vscode';
import type { Change } from './changes';
import { ChangesTree } from './changesTree';
import type { CurrentReview } from './review';

/** The Changes view: the tree, what is said above it, and its check boxes. */
export class ChangesView implements vscode.Disposable {
  readonly #review: CurrentReview;
  readonly #tree: ChangesTree;
  readonly #view: vscode.TreeView<Change>;
  readonly #listening: readonly vscode.Disposable[];

  constructor(review: CurrentReview) {
    this.#review = review;
    this.#tree = new ChangesTree(review);
    this.#view = vscode.window.createTreeView<Change>('agentIde.changes', { treeDataProvider: this.#tree, manageCheckboxStateManually: true });
    this.#listening = [
      review.onChanged(() => {
        this.#explain();
        this.#tree.refresh();
      }),
      review.onAged(() => this.#explain()),
      this.#view.onDidChangeCheckboxState(({ items }) => {
        for (const [change, state] of items) this.#tree.check(change, state === vscode.TreeItemCheckboxState.Checked, true);
      }),
    ];
  }

  /** What the space bar does: the editor lets check boxes be reached by the mouse, and by the tab key before all else in the window. */
  toggle(): void {
    const change = this.#view.selection[0];
    if (change !== undefined) this.#tree.check(change, !this.#tree.isChecked(change));
  }

  dispose(): void {
    vscode.Disposable.from(...this.#listening, this.#view, this.#tree).dispose();
  }

  #explain(): void {
    const message = this.#review.explanation ?? '';
    if (message !== this.#view.message) this.#view.message = message;
    this.#view.description = this.#review.value?.task.title ?? '';
  }
}
