import type { AcceptParams, DiffHunk, DiffResult, FileDiff } from '../../protocol.generated';
import { partsOf } from './changes';

/** What an accept is to name. */
export type Chosen = Required<Pick<AcceptParams, 'files' | 'hunks'>>;

/**
 * Which files and hunks of a review are to be merged: all, until a person takes the check away from some. A file is checked when all of its
 * hunks are. Holds for the changes that were shown; others begin with all checked. Knows nothing of VS Code.
 */
export class CheckedChanges {
  readonly #unchecked = new Set<string>();
  #shown = '';

  /** Called with what is shown from now on; the same changes keep their checks. */
  show(task: string, { baseCommit, headCommit }: Pick<DiffResult, 'baseCommit' | 'headCommit'>): void {
    const shown = `${task} ${baseCommit} ${headCommit}`;
    if (shown !== this.#shown) this.#unchecked.clear();
    this.#shown = shown;
  }

  has(file: FileDiff, hunk?: DiffHunk): boolean {
    return this.#keys(file, hunk).every(key => !this.#unchecked.has(key));
  }

  /** @param hunk Without one: the file, and so all of its hunks. */
  set(file: FileDiff, hunk: DiffHunk | undefined, checked: boolean): void {
    for (const key of this.#keys(file, hunk)) {
      if (checked) this.#unchecked.delete(key);
      else this.#unchecked.add(key);
    }
  }

  /** The hunks of a file that are checked, where that is not all or none of them. */
  someOf(file: FileDiff): readonly DiffHunk[] | undefined {
    const parts = partsOf(file);
    const checked = parts.filter(hunk => this.has(file, hunk));
    return checked.length === 0 || checked.length === parts.length ? undefined : checked;
  }

  /** What an accept is to name: undefined when all is checked, which is a whole accept; nothing of either when nothing is. */
  chosen(files: DiffResult['files']): Chosen | undefined {
    const whole = files.filter(file => this.has(file));
    if (whole.length === files.length) return undefined;
    const hunks = files.flatMap(file => (this.someOf(file) ?? []).map(({ index }) => ({ path: file.path, index })));
    return { files: whole.map(file => file.path), hunks };
  }

  #keys(file: FileDiff, hunk: DiffHunk | undefined): readonly string[] {
    if (hunk !== undefined) return [`${file.path}\0${hunk.index}`];
    const parts = partsOf(file);
    return parts.length === 0 ? [file.path] : parts.map(({ index }) => `${file.path}\0${index}`);
  }
}
