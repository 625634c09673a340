import * as vscode from 'vscode';
import type { Repositories } from '../../infrastructure/repositories';
import { methods } from '../../protocol.generated';
import { placeOf, scheme } from './documents';
import type { CurrentReview } from './review';

/** Comments on lines of a review. Each goes to the agent as a message; the thread shows that it was sent. */
export class ReviewComments implements vscode.Disposable {
  readonly #controller: vscode.CommentController;
  readonly #repositories: Repositories;
  readonly #review: CurrentReview;

  constructor(repositories: Repositories, review: CurrentReview) {
    this.#repositories = repositories;
    this.#review = review;
    this.#controller = vscode.comments.createCommentController('agentIde.comments', 'Agent');
    this.#controller.options = { prompt: 'Tell the agent what to change here', placeHolder: 'What should be different?' };
    this.#controller.commentingRangeProvider = {
      provideCommentingRanges: document => (this.#isTaskSide(document.uri) ? [new vscode.Range(0, 0, document.lineCount - 1, 0)] : []),
    };
  }

  /** Called with the reply that was typed into a thread. */
  async send(reply: vscode.CommentReply): Promise<void> {
    const review = this.#review.value;
    if (review === undefined || reply.text.trim() === '') return;
    const { path } = placeOf(reply.thread.uri);
    const line = (reply.thread.range?.start.line ?? 0) + 1;
    await this.#repositories.of(review.task).request(methods.message, { id: review.task.id, text: '', comments: [{ path, line, text: reply.text }] });
    const sent: vscode.Comment = { body: reply.text, mode: vscode.CommentMode.Preview, author: { name: 'You' }, label: 'sent to the agent' };
    reply.thread.comments = [...reply.thread.comments, sent];
    reply.thread.canReply = false;
    reply.thread.label = 'The agent works on it';
  }

  dispose(): void {
    this.#controller.dispose();
  }

  #isTaskSide(uri: vscode.Uri): boolean {
    return uri.scheme === scheme && placeOf(uri).commit === this.#review.value?.diff.headCommit;
  }
}
