import * as vscode from 'vscode';
import type { Repositories } from '../../../infrastructure/repositories';
import { RequestFailed } from '../../../infrastructure/requests';
import { methods, type ConflictTextsResult } from '../../../protocol.generated';
import type { BegunResolution, Part } from './begunResolution';
import { conflictedTask } from './conflictedTask';

/** Scheme of documents that are the sides of a conflict. */
export const conflictScheme = 'agent-ide-conflict';

/** Which of the texts of a conflict. */
export type ConflictSide = 'base' | 'target' | 'task';

interface Place extends Part {
  readonly id: string;
  readonly worktree: string;
  /** What the task's side is of; nothing of it is shown under this name once the task has gone on. */
  readonly head: string;
  readonly target: string;
  readonly targetCommit: string;
  readonly side: ConflictSide;
}

/** A side of a conflict. All that it is found by is in its name, so that an editor that is restored after a reload finds it again. */
export function sideUri(begun: BegunResolution, side: ConflictSide, path: string): vscode.Uri {
  const { id, worktree, head, target, targetCommit, part } = begun;
  const place: Place = { id, worktree, head, target, targetCommit, side, ...part };
  return vscode.Uri.from({ scheme: conflictScheme, path: `/${path}`, query: JSON.stringify(place) });
}

/** Serves the sides of conflicts. They are of commits that their names have, so they never change. */
export class ConflictDocuments implements vscode.TextDocumentContentProvider {
  readonly #repositories: Repositories;

  constructor(repositories: Repositories) {
    this.#repositories = repositories;
  }

  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const { side, worktree, head, ...conflict } = JSON.parse(uri.query) as Place;
    // An editor that is restored after a reload asks before the tasks are known.
    if (this.#repositories.find(conflict.id, worktree) === undefined) await this.#repositories.settled();
    const task = conflictedTask(this.#repositories, { id: conflict.id, worktree });
    if (task.head !== head) throw new RequestFailed(`“${task.title}” has gone on since.`, 'overtaken', 'Resolve its conflict anew.');
    const texts: ConflictTextsResult = await this.#repositories.of(task).request(methods.conflictTexts, { ...conflict, path: uri.path.slice(1) }, token);
    return texts[side];
  }
}
