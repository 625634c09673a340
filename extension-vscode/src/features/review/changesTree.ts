import * as vscode from 'vscode';
import type { FileDiff } from '../../protocol.generated';
import { uriAt } from './documents';
import type { CurrentReview } from './review';

/** The changed files of the task under review. */
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

  getTreeItem(file: FileDiff): vscode.TreeItem {
    const item = new vscode.TreeItem(uriAt(this.#review.value?.diff.headCommit, file.path));
    const amount = file.binary ? 'binary' : `+${file.additions} −${file.deletions}`;
    item.description = file.oldPath === undefined ? amount : `${amount}, was ${file.oldPath}`;
    item.tooltip = `${file.path}: ${file.status}`;
    item.accessibilityInformation = { label: `${file.path}, ${file.status}, ${file.additions} lines added, ${file.deletions} removed` };
    item.contextValue = 'change';
    item.command = { command: 'agentIde.openChange', title: 'Open Changes', arguments: [file] };
    return item;
  }
}
