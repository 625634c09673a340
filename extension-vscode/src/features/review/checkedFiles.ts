import type { DiffResult } from '../../protocol.generated';

/**
 * Which files of a review are to be merged: all, until a person takes the check away from some. Holds for the changes that were shown;
 * others begin with all checked. Knows nothing of VS Code.
 */
export class CheckedFiles {
  readonly #unchecked = new Set<string>();
  #shown = '';

  /** Called with what is shown from now on; the same changes keep their checks. */
  show(task: string, { baseCommit, headCommit }: Pick<DiffResult, 'baseCommit' | 'headCommit'>): void {
    const shown = `${task} ${baseCommit} ${headCommit}`;
    if (shown !== this.#shown) this.#unchecked.clear();
    this.#shown = shown;
  }

  has(path: string): boolean {
    return !this.#unchecked.has(path);
  }

  set(path: string, checked: boolean): void {
    if (checked) this.#unchecked.delete(path);
    else this.#unchecked.add(path);
  }

  /** What an accept is to name: undefined when all files are checked, which is a whole accept; empty when none is. */
  chosen(files: DiffResult['files']): readonly string[] | undefined {
    const checked = files.map(file => file.path).filter(path => this.has(path));
    return checked.length === files.length ? undefined : checked;
  }
}
