import * as vscode from 'vscode';
import type { Repositories } from '../../infrastructure/repositories';
import { RequestFailed } from '../../infrastructure/requests';
import { methods, type FileDiff } from '../../protocol.generated';

/** Scheme of documents that are files as commits have them. */
export const scheme = 'agent-ide';

/** The side of a change that does not exist: before an added file, after a deleted one. */
const nothing = 'none';

/** A file at a commit. The path stays readable, so that VS Code picks language and icon by it. */
export function uriAt(commit: string | undefined, path: string): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${path}`, query: commit ?? nothing });
}

/** What a URI of {@link uriAt} names. */
export function placeOf(uri: vscode.Uri): { readonly commit: string | undefined; readonly path: string } {
  return { commit: uri.query === nothing ? undefined : uri.query, path: uri.path.slice(1) };
}

/** Both sides of a changed file; a side that does not exist is an empty document. */
export function sides(file: FileDiff, baseCommit: string, headCommit: string): readonly [vscode.Uri, vscode.Uri] {
  const left = uriAt(file.status === 'added' ? undefined : baseCommit, file.oldPath ?? file.path);
  const right = uriAt(file.status === 'deleted' ? undefined : headCommit, file.path);
  return [left, right];
}

/** Serves files as commits have them. A commit never changes, so neither does a document. */
export class CommitDocuments implements vscode.TextDocumentContentProvider {
  readonly #repositories: Repositories;

  constructor(repositories: Repositories) {
    this.#repositories = repositories;
  }

  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const { commit, path } = placeOf(uri);
    if (commit === undefined) return '';
    let failed: unknown = new RequestFailed('Its repository is not open any more.', 'notConnected', undefined);
    // A commit names its content, so whichever repository has it has the right one.
    for (const coordinator of this.#repositories.all) {
      try {
        const content = await coordinator.request(methods.content, { commit, path }, token);
        return content.text ?? 'A binary file. Open the worktree to look at it.\n';
      } catch (error) {
        failed = error;
      }
    }

    throw failed;
  }
}
