import * as vscode from 'vscode';
import type { FileDiff } from '../../protocol.generated';
import { amountInWords, amountOf, isHunk, labelOf, modeOf, partsOf, type Change, type HunkChange } from './changes';
import { uriAt } from './documents';
import type { CurrentReview } from './review';

/**
 * The changes of the task under review, with a check box each: Accept in this view merges the checked ones. A file with several hunks
 * opens into them. The check boxes are ours to keep in step, because the editor does so only for hunks it has listed already.
 */
export class ChangesTree implements vscode.TreeDataProvider<Change>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Change | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #review: CurrentReview;

  /** The editor knows changes by their identity. */
  readonly #hunks = new WeakMap<FileDiff, readonly HunkChange[]>();

  constructor(review: CurrentReview) {
    this.#review = review;
  }

  /** Other changes are shown from now on. */
  refresh(): void {
    this.#changed.fire(undefined);
  }

  isChecked(change: Change): boolean {
    return isHunk(change) ? this.#review.checked.has(change.file, change.hunk) : this.#review.checked.has(change);
  }

  /** @param isDrawn The editor shows it already. */
  check(change: Change, checked: boolean, isDrawn = false): void {
    const file = isHunk(change) ? change.file : change;
    const isShown = this.#isPartial && this.#review.value?.diff.files.includes(file) === true;
    if (isShown) this.#review.checked.set(file, isHunk(change) ? change.hunk : undefined, checked);
    // What somebody clicked while other changes came into view is drawn as it is. Drawing takes time in which clicks are lost.
    if (!isShown) this.refresh();
    else if (!isDrawn || partsOf(file).length > 0) this.#changed.fire(file);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  getChildren(parent?: Change): Change[] {
    if (parent === undefined) return [...(this.#review.value?.diff.files ?? [])];
    return isHunk(parent) ? [] : [...this.#hunksOf(parent)];
  }

  getParent(change: Change): Change | undefined {
    return isHunk(change) ? change.file : undefined;
  }

  getTreeItem(change: Change): vscode.TreeItem {
    const item = isHunk(change) ? this.#hunkItem(change) : this.#fileItem(change);
    item.command = { command: 'agentIde.openChange', title: 'Open Changes', arguments: [change] };
    return item;
  }

  #fileItem(file: FileDiff): vscode.TreeItem {
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const parts = partsOf(file);
    const item = new vscode.TreeItem(uriAt(this.#review.value?.diff.headCommit, file.path), parts.length === 0 ? None : Collapsed);
    const some = this.#isPartial ? this.#review.checked.someOf(file) : undefined;
    const checked = some === undefined ? '' : `${some.length} of ${parts.length} hunks checked`;
    const amount = file.binary ? 'binary' : amountOf(file);
    item.id = this.#idOf(file.path);
    item.iconPath = vscode.ThemeIcon.File; // The icon of its kind; what opens into parts would else be taken for a folder.
    item.description = [amount, modeOf(file), file.oldPath === undefined ? '' : `was ${file.oldPath}`, checked].filter(Boolean).join(', ');
    item.tooltip = `${file.path}: ${file.status}`;
    item.accessibilityInformation = { label: [file.path, file.status, file.binary ? 'binary' : amountInWords(file), modeOf(file), checked].filter(Boolean).join(', ') };
    item.contextValue = 'change';
    if (this.#isPartial) item.checkboxState = checkbox(this.isChecked(file), file.path);
    return item;
  }

  #hunkItem(change: HunkChange): vscode.TreeItem {
    const { file, hunk } = change;
    const item = new vscode.TreeItem(labelOf(hunk));
    item.id = this.#idOf(`${file.path}\0${hunk.index}`);
    item.description = [amountOf(hunk), hunk.text].filter(Boolean).join('  ');
    item.tooltip = hunk.text ?? labelOf(hunk);
    item.accessibilityInformation = { label: [`${labelOf(hunk)} of ${file.path}`, amountInWords(hunk), hunk.text].filter(Boolean).join(', ') };
    item.contextValue = 'hunk';
    if (this.#isPartial) item.checkboxState = checkbox(this.isChecked(change), `${labelOf(hunk)} of ${file.path}`);
    return item;
  }

  /** What is merged is of the task: a single step has no check boxes. */
  get #isPartial(): boolean {
    return this.#review.value?.step === undefined;
  }

  /** What is open or chosen stays so as long as it is about the same task. */
  #idOf(place: string): string {
    return `${this.#review.value?.task.worktree}\0${place}`;
  }

  #hunksOf(file: FileDiff): readonly HunkChange[] {
    const known = this.#hunks.get(file) ?? partsOf(file).map(hunk => ({ file, hunk }));
    this.#hunks.set(file, known);
    return known;
  }
}

function checkbox(checked: boolean, what: string): Exclude<NonNullable<vscode.TreeItem['checkboxState']>, vscode.TreeItemCheckboxState> {
  const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
  return { state: checked ? Checked : Unchecked, tooltip: 'Merged by Accept Checked', accessibilityInformation: { label: `${what}: part of what Accept Checked merges` } };
}
