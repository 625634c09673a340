import * as vscode from 'vscode';
import type { Repositories } from '../../infrastructure/repositories';
import { RequestFailed } from '../../infrastructure/requests';
import { methods, type AgentTask } from '../../protocol.generated';
import { placeOf, scheme } from './documents';
import { hasEnded, type CurrentReview } from './review';

/**
 * Comments on lines of a review. Each goes to the agent as a message, once; the thread shows that it was sent until the review is closed or
 * the task is over. What is typed and not sent is the editor's, and stays.
 */
export class ReviewComments implements vscode.Disposable {
  readonly #controller: vscode.CommentController;
  readonly #repositories: Repositories;
  readonly #review: CurrentReview;
  /** Tasks by the commits that were shown of them: a thread may be answered when another task is under review already. */
  readonly #shown = new Map<string, AgentTask>();
  readonly #sent = new Map<vscode.CommentThread, AgentTask>();
  readonly #sending = new Map<vscode.CommentThread, Promise<void>>();
  readonly #following: vscode.Disposable;
  #reviewed: AgentTask | undefined;

  constructor(repositories: Repositories, review: CurrentReview) {
    this.#repositories = repositories;
    this.#review = review;
    const stop = repositories.onTasks(() => this.#removeWhere(task => this.#isOver(task)));
    this.#following = vscode.Disposable.from(
      review.onChanged(() => this.#follow()),
      { dispose: stop },
    );
    this.#controller = vscode.comments.createCommentController('agentIde.comments', 'Agent');
    this.#controller.options = { prompt: 'Tell the agent what to change here', placeHolder: 'What should be different?' };
    this.#controller.commentingRangeProvider = {
      provideCommentingRanges: document => (this.#isTaskSide(document.uri) ? [new vscode.Range(0, 0, document.lineCount - 1, 0)] : []),
    };
  }

  /**
   * Called with the reply that was typed into a thread. Once it returns the editor empties the box, so it fails where nothing was sent. Who
   * clicks again while it is on its way sends nothing twice.
   *
   * @throws RequestFailed with what is in the way; the text is still in the box.
   */
  async send(reply: vscode.CommentReply): Promise<void> {
    const { thread } = reply;
    const sending = this.#sending.get(thread) ?? this.#send(reply);
    this.#sending.set(thread, sending);
    try {
      await sending;
    } finally {
      this.#sending.delete(thread);
    }
  }

  dispose(): void {
    this.#following.dispose();
    this.#controller.dispose();
  }

  async #send({ thread, text }: vscode.CommentReply): Promise<void> {
    if (text.trim() === '') return;
    const { commit, path } = placeOf(thread.uri);
    const task = this.#shown.get(commit ?? '');
    if (task === undefined) throw new RequestFailed('Nothing was sent: it is not known here any more of which task these lines are.', 'unknownTask', 'Review the task again, and copy your comment there.');
    const line = (thread.range?.start.line ?? 0) + 1;
    const document = await vscode.workspace.openTextDocument(thread.uri);
    const content = document.lineAt(line - 1).text;
    await this.#repositories.of(task).request(methods.message, { id: task.id, text: '', comments: [{ path, line, text, content }] });
    thread.comments = [...thread.comments, { body: text, mode: vscode.CommentMode.Preview, author: { name: 'You' } }];
    thread.canReply = false;
    thread.label = 'Sent to the agent';
    this.#sent.set(thread, task);
  }

  /** Another task under review leaves the threads of this one where they are: its editors may be open still, and it may be looked at again. */
  #follow(): void {
    const shown = this.#review.value;
    const closed = shown === undefined ? this.#reviewed?.worktree : undefined;
    if (closed !== undefined) this.#removeWhere(({ worktree }) => worktree === closed);
    if (shown !== undefined) this.#shown.set(shown.diff.headCommit, shown.task);
    this.#reviewed = shown?.task;
  }

  #isOver({ id, worktree }: AgentTask): boolean {
    const now = this.#repositories.find(id, worktree);
    return now === undefined || hasEnded(now);
  }

  #removeWhere(isDone: (task: AgentTask) => boolean): void {
    for (const [thread, task] of this.#sent) {
      if (!isDone(task)) continue;
      this.#sent.delete(thread);
      thread.dispose();
    }
  }

  #isTaskSide(uri: vscode.Uri): boolean {
    return uri.scheme === scheme && placeOf(uri).commit === this.#review.value?.diff.headCommit;
  }
}
