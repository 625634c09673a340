import * as vscode from 'vscode';
import type { FileDiff } from '../../protocol.generated';
import { uriAt } from './documents';
import type { CurrentReview } from './review';

/** The changed files of the task under review, with a check box each: Accept in this view merges the checked ones. */
export class ChangesTree implements vscode.TreeDataProvider<FileDiff> {
  readonly onDidChangeTreeData: vscode.Event<void>;
  readonly #review: CurrentReview;

  constructor(review: CurrentReview) {
    this.#review = review;
    this.onDidChangeTreeData = review.onChanged;
  }

  getChildren(parent?: FileDiff): FileDiff[] {
    return parent === undefined ? [...(this.#review.value?.diff.files ?? [])] : [];
  }

  /** Makes the view. The check boxes of a single step are none: what is merged is the task. */
  static createView(review: CurrentReview): vscode.Disposable {
    const tree = new ChangesTree(review);
    const view = vscode.window.createTreeView('agentIde.changes', { treeDataProvider: tree });
    const listening = view.onDidChangeCheckboxState(({ items }) => {
      for (const [file, state] of items) review.checked.set(file.path, state === vscode.TreeItemCheckboxState.Checked);
    });
    return vscode.Disposable.from(view, listening);
  }

  getTreeItem(file: FileDiff): vscode.TreeItem {
    const item = new vscode.TreeItem(uriAt(this.#review.value?.diff.headCommit, file.path));
    const amount = file.binary ? 'binary' : `+${file.additions} −${file.deletions}`;
    item.description = file.oldPath === undefined ? amount : `${amount}, was ${file.oldPath}`;
    item.tooltip = `${file.path}: ${file.status}`;
    item.accessibilityInformation = { label: `${file.path}, ${file.status}, ${file.additions} lines added, ${file.deletions} removed` };
    item.contextValue = 'change';
    if (this.#review.value?.step === undefined) {
      const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
      const label = `${file.path}: part of what Accept merges`;
      item.checkboxState = { state: this.#review.checked.has(file.path) ? Checked : Unchecked, tooltip: 'Merged by Accept Checked Files', accessibilityInformation: { label } };
    }

    item.command = { command: 'agentIde.openChange', title: 'Open Changes', arguments: [file] };
    return item;
  }
}
