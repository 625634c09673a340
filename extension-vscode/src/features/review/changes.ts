import type { DiffHunk, FileDiff } from '../../protocol.generated';

/** A hunk of a file, as a change of its own. */
export interface HunkChange {
  readonly file: FileDiff;
  readonly hunk: DiffHunk;
}

/** What the Changes view lists: files, and below them the hunks that can be accepted alone. */
export type Change = FileDiff | HunkChange;

export const isHunk = (change: Change): change is HunkChange => 'hunk' in change;

/** The hunks of a file that can be accepted alone; none where there is but one, and where a file is more than its lines. */
export function partsOf(file: FileDiff): readonly DiffHunk[] {
  return file.status === 'modified' && !file.binary && file.hunks.length > 1 ? file.hunks : [];
}

/** What became of a file beside its lines; it lands with the whole file only. */
export function modeOf({ oldMode, newMode }: FileDiff): string {
  if (newMode === '100755') return 'now executable';
  return oldMode === '100755' && newMode === '100644' ? 'no longer executable' : '';
}

/** The lines that changed, from 1, both included. */
export function linesOf(hunk: DiffHunk): { readonly start: number; readonly end: number } {
  return hunk.lines ?? { start: Math.max(hunk.newStart, 1), end: Math.max(hunk.newStart + hunk.newLines - 1, hunk.newStart, 1) };
}

/** "Lines 10–14". */
export function labelOf(hunk: DiffHunk): string {
  const { start, end } = linesOf(hunk);
  return start === end ? `Line ${start}` : `Lines ${start}–${end}`;
}

/** "+3 −1". */
export const amountOf = (change: { readonly additions: number; readonly deletions: number }): string => `+${change.additions} −${change.deletions}`;

/** The same for ears, which hear neither of the signs. */
export function amountInWords({ additions, deletions }: { readonly additions: number; readonly deletions: number }): string {
  return `${additions} ${additions === 1 ? 'line' : 'lines'} added, ${deletions} removed`;
}
