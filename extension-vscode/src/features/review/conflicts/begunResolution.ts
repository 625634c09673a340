import { createHash } from 'node:crypto';
import { RequestFailed } from '../../../infrastructure/requests';
import type { AgentTask, Resolution } from '../../../protocol.generated';
import type { Chosen } from '../checkedChanges';

/** What of a task is to be merged; empty: all of it. */
export type Part = Partial<Chosen>;

/** What a person has decided about a conflict so far. Lives longer than the window does. */
export interface BegunResolution {
  readonly id: string;
  /** Tells tasks of several repositories apart. */
  readonly worktree: string;
  readonly head: string;
  /** What its changes, and so the hunks of its part, count from. */
  readonly base: string;
  readonly part: Part;
  /** The branch it lands on, as a person names it, and the commit of it that the decisions are about. */
  readonly target: string;
  readonly targetCommit: string;
  /** Paths that are taken from one side. */
  readonly sides: Readonly<Record<string, 'task' | 'target'>>;
  /** Paths that are merged line by line, and where the result of each is. */
  readonly results: Readonly<Record<string, string>>;
  /** Those of them in which a side itself has lines that look like git's markers. */
  readonly marked?: readonly string[];
  /** Those of them that begin with a byte order mark of their own; undefined: begun before drafts were given one. */
  readonly withMark?: readonly string[];
}

/** Whether it is about the task as it is now, and about the same part of it. */
export function isAbout(begun: BegunResolution, task: AgentTask, part: Part | undefined): boolean {
  return begun.worktree === task.worktree && begun.head === task.head && begun.base === task.base.commit && (part === undefined || JSON.stringify(part) === JSON.stringify(begun.part));
}

/** What the texts of a conflict follow from. */
export type Sides = Pick<BegunResolution, 'id' | 'head' | 'base' | 'part' | 'targetCommit'>;

/** A folder for each set of texts, so that what was decided about others, those of another part say, is neither taken for these nor overwritten. */
export function folderName({ id, head, base, part, targetCommit }: Sides): string {
  return `${id}-${createHash('sha256').update(JSON.stringify([head, base, targetCommit, part.files, part.hunks])).digest('hex').slice(0, 16)}`;
}

const mark = '\ufeff';

/** What is no UTF-8 is refused, and not merged with its characters replaced. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** A draft as it is written: by the mark the editor knows its encoding, whatever its settings say files are in, and keeps it. */
export function bytesOf(draft: string): Uint8Array {
  return new TextEncoder().encode(hasMark(draft) ? draft : mark + draft);
}

export const hasMark = (text: string): boolean => text.startsWith(mark);

/**
 * Reads a saved result, as it is to be merged: with a byte order mark where the sides have one.
 *
 * @throws RequestFailed where it was saved in another encoding: as what characters these bytes were meant cannot be told.
 */
export function textOf({ withMark }: Pick<BegunResolution, 'withMark'>, path: string, bytes: Uint8Array): string {
  const text = decoded(bytes);
  // What all encodings write alike was not changed by any.
  if (text === undefined || (withMark !== undefined && !hasMark(text) && bytes.some(byte => byte > 0x7f))) {
    throw new RequestFailed(`Nothing was merged: the result of ${path} is not saved as UTF-8 with BOM any more.`, 'notSaved', 'Save it so by “Change File Encoding” and “Save with Encoding”, then accept again.');
  }

  return withMark === undefined || withMark.includes(path) || !hasMark(text) ? text : text.slice(mark.length);
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether an editor would give it back as it is: it makes all ends of lines alike. */
export function hasOneLineEnd(text: string): boolean {
  return !/\r(?!\n)/.test(text) && !(text.includes('\r\n') && /(?<!\r)\n/.test(text));
}

/** Whether git's markers are left: what nobody has looked at yet. */
export function hasMarkers(text: string): boolean {
  return /^<{7} /m.test(text) && /^>{7} /m.test(text);
}

/** Paths whose results nobody has looked at yet. Where a side has such lines of its own, only the coordinator can tell. */
export function untouched({ marked }: Pick<BegunResolution, 'marked'>, texts: ReadonlyMap<string, string>): readonly string[] {
  return [...texts].filter(([path, text]) => marked?.includes(path) !== true && hasMarkers(text)).map(([path]) => path);
}

/**
 * What an accept is told of it.
 *
 * @param texts the results by their paths.
 * @param anyway a place may have neither side's change: the person has said so.
 */
export function decisions(begun: BegunResolution, texts: ReadonlyMap<string, string>, anyway: boolean): readonly Resolution[] {
  const taken = Object.entries(begun.sides).map(([path, take]) => ({ path, take, mustDecide: false }));
  return [...taken, ...[...texts].map(([path, text]) => ({ path, text, mustDecide: !anyway }))];
}
