import * as vscode from 'vscode';
import { canFork, canRollBack, hasWorktree, isAtWork } from './allowed';
import { delegateSelection } from './features/delegate/delegateSelection';
import { isAbout, type Part } from './features/review/conflicts/begunResolution';
import { BegunResolutions } from './features/review/conflicts/begunResolutions';
import { ConflictDocuments, conflictScheme } from './features/review/conflicts/conflictDocuments';
import { ConflictResolver } from './features/review/conflicts/conflictResolver';
import { EditorModelsFeature } from './features/models/editorModels';
import { TaskPanel } from './features/panel/taskPanel';
import { TaskNotifications } from './features/questions/notifications';
import { accept, acceptChecked, discard } from './features/review/accept';
import type { Change } from './features/review/changes';
import { ChangesView } from './features/review/changesView';
import { ReviewComments } from './features/review/comments';
import { CommitDocuments, scheme } from './features/review/documents';
import { CurrentReview, hasEnded } from './features/review/review';
import { setApiKey, storedKey } from './features/setup/apiKey';
import { checkSetup } from './features/setup/checkSetup';
import { StatusBar } from './features/status/statusBar';
import { fork, newTask, openWorktree, rollBack } from './features/steer/steer';
import { Coordinator, type ConnectionParts } from './infrastructure/coordinator';
import { asOffered, nameOf, pickTask } from './infrastructure/pickTask';
import { Repositories } from './infrastructure/repositories';
import { startServer } from './infrastructure/serverStart';
import { guarded, toldAndThrown } from './infrastructure/tell';
import { methods, type AgentTask } from './protocol.generated';

const reviewable = (task: AgentTask): boolean => task.changes.files > 0 && !hasEnded(task);
const acceptable = (task: AgentTask): boolean => ['readyForReview', 'conflict', 'failed', 'stopped'].includes(task.state);
const living = (task: AgentTask): boolean => !hasEnded(task);

/** Makes the parts and names the commands; the connection comes up beside, so that the editor never waits for it. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Agent.Ide', { log: true });
  const parts: ConnectionParts = {
    features: client => [new EditorModelsFeature(client)],
    isOf: (coordinator, file) => repositories.at(file) === coordinator,
    startServer: folder => startServer(context.extensionPath, folder),
    environment: () => storedKey(context.secrets),
  };
  const repositories = new Repositories(
    place => new Coordinator(place, String(context.extension.packageJSON.version), log, parts),
    coordinator => new TaskNotifications(coordinator, log, () => repositories.nameOf(coordinator), task => repositories.tells(coordinator, task)),
  );
  const review = new CurrentReview(repositories);
  const comments = new ReviewComments(repositories, review);
  const changes = new ChangesView(review);
  const panel = new TaskPanel(repositories, context.extensionUri, log);
  const begun = new BegunResolutions(context.workspaceState);
  const resolver = new ConflictResolver(repositories, review, begun, context.storageUri ?? context.globalStorageUri, log);
  const under = (argument: unknown): unknown => (nameOf(argument) === undefined ? review.value?.task : argument);

  const command = (name: string, run: (argument: unknown, second: unknown) => Promise<void>): vscode.Disposable =>
    vscode.commands.registerCommand(name, (argument?: unknown, second?: unknown) => guarded(log, () => run(argument, second)));
  const onTask = (name: string, fits: (task: AgentTask) => boolean, none: string, run: (coordinator: Coordinator, task: AgentTask, second: unknown) => Promise<void>): vscode.Disposable =>
    command(name, async (argument, second) => {
      const task = await pickTask(repositories, argument, fits, none);
      if (task !== undefined) await run(repositories.of(task), task, second);
    });

  context.subscriptions.push(
    log,
    repositories,
    review,
    comments,
    resolver,
    panel,
    new StatusBar(repositories),
    vscode.window.registerWebviewViewProvider(TaskPanel.viewId, panel),
    changes,
    vscode.workspace.registerTextDocumentContentProvider(scheme, new CommitDocuments(repositories)),
    vscode.workspace.registerTextDocumentContentProvider(conflictScheme, new ConflictDocuments(repositories)),
    command('agentIde.delegateSelection', argument => delegateSelection(repositories, argument)),
    command('agentIde.newTask', () => newTask(repositories)),
    onTask('agentIde.review', reviewable, 'No task has changes to review.', (_, task, step) => review.open(task, typeof step === 'number' ? step : undefined)),
    command('agentIde.accept', async argument => {
      // Without a task named, it is about what the Changes view shows, and as it shows it.
      if (nameOf(argument) === undefined && review.value !== undefined && review.value.step === undefined) return acceptChecked(repositories, review);
      const offered = under(argument);
      const task = await pickTask(repositories, offered, acceptable, 'No task is ready to be accepted.');
      if (task === undefined) return;
      const decided = begun.of(task);
      if (decided !== undefined && isAbout(decided, task, undefined)) await resolver.finish(decided);
      else await accept(repositories.of(task), review, asOffered(task, offered));
    }),
    onTask('agentIde.resolve', task => task.state === 'conflict', 'No task has a conflict.', (_, task, part) => resolver.resolve(task, part as Part | undefined)),
    command('agentIde.acceptResolved', result => resolver.finishAt(result)),
    command('agentIde.acceptChecked', () => acceptChecked(repositories, review)),
    command('agentIde.discard', async argument => {
      const task = await pickTask(repositories, under(argument), living, 'There is no task to discard.');
      if (task !== undefined) await discard(repositories.of(task), review, task);
    }),
    onTask('agentIde.stop', isAtWork, 'No task is running.', async (coordinator, task) => {
      await coordinator.request(methods.stop, { id: task.id });
    }),
    onTask('agentIde.rollback', canRollBack, 'No task has steps to go back to.', (coordinator, task, step) =>
      rollBack(coordinator, task, typeof step === 'number' ? step : undefined),
    ),
    onTask('agentIde.fork', canFork, 'No task has steps to fork from.', (coordinator, task, step) => fork(coordinator, task, typeof step === 'number' ? step : undefined)),
    onTask('agentIde.openWorktree', hasWorktree, 'No task has a worktree.', (_, task) => openWorktree(task)),
    command('agentIde.checkSetup', () => checkSetup(repositories, log)),
    command('agentIde.walkthrough', async () => void (await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#agentIde.start`))),
    command('agentIde.setApiKey', () => setApiKey(repositories, context.secrets)),
    command('agentIde.restart', () => repositories.restart()),
    command('agentIde.showLog', async () => log.show()),
    command('agentIde.openChange', change => review.openChange(change as Change)),
    command('agentIde.toggleChecked', async () => changes.toggle()),
    command('agentIde.reviewAll', async () => {
      const task = review.value?.task;
      if (task !== undefined) await review.open(repositories.find(task.id, task.worktree) ?? task);
    }),
    command('agentIde.closeReview', async () => review.close()),
    vscode.commands.registerCommand('agentIde.sendComment', (reply: vscode.CommentReply) => toldAndThrown(log, () => comments.send(reply))),
  );
  repositories.start();
  // Nobody asked for it, so nobody is told.
  void resolver.cleanUp(Date.now()).catch((error: unknown) => log.warn(`Old results of conflicts stay: ${String(error)}`));
}
