import * as vscode from 'vscode';
import type { Repositories } from '../../infrastructure/repositories';
import { methods, type AgentTask } from '../../protocol.generated';
import { placeOf, scheme } from './documents';
import type { CurrentReview } from './review';

/** Comments on lines of a review. Each goes to the agent as a message; the thread shows that it was sent. */
export class ReviewComments implements vscode.Disposable {
  readonly #controller: vscode.CommentController;
  readonly #repositories: Repositories;
  readonly #review: CurrentReview;
  /** Tasks by the commits that were shown of them: a thread may be answered when another task is under review already. */
  readonly #shown = new Map<string, AgentTask>();
  readonly #following: vscode.Disposable;

  constructor(repositories: Repositories, review: CurrentReview) {
    this.#repositories = repositories;
    this.#review = review;
    this.#following = review.onChanged(() => {
      const shown = review.value;
      if (shown !== undefined) this.#shown.set(shown.diff.headCommit, shown.task);
    });
    this.#controller = vscode.comments.createCommentController('agentIde.comments', 'Agent');
    this.#controller.options = { prompt: 'Tell the agent what to change here', placeHolder: 'What should be different?' };
    this.#controller.commentingRangeProvider = {
      provideCommentingRanges: document => (this.#isTaskSide(document.uri) ? [new vscode.Range(0, 0, document.lineCount - 1, 0)] : []),
    };
  }

  /** Called with the reply that was typed into a thread. */
  async send(reply: vscode.CommentReply): Promise<void> {
    const { commit, path } = placeOf(reply.thread.uri);
    const task = this.#shown.get(commit ?? '');
    if (task === undefined || reply.text.trim() === '') return;
    const line = (reply.thread.range?.start.line ?? 0) + 1;
    const document = await vscode.workspace.openTextDocument(reply.thread.uri);
    const content = document.lineAt(line - 1).text;
    await this.#repositories.of(task).request(methods.message, { id: task.id, text: '', comments: [{ path, line, text: reply.text, content }] });
    const sent: vscode.Comment = { body: reply.text, mode: vscode.CommentMode.Preview, author: { name: 'You' }, label: 'sent to the agent' };
    reply.thread.comments = [...reply.thread.comments, sent];
    reply.thread.canReply = false;
    reply.thread.label = 'The agent works on it';
  }

  dispose(): void {
    this.#following.dispose();
    this.#controller.dispose();
  }

  #isTaskSide(uri: vscode.Uri): boolean {
    return uri.scheme === scheme && placeOf(uri).commit === this.#review.value?.diff.headCommit;
  }
}
