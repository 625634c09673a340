import * as vscode from 'vscode';
import { delegateSelection } from './features/delegate/delegateSelection';
import { EditorModelsFeature } from './features/models/editorModels';
import { TaskPanel } from './features/panel/taskPanel';
import { TaskNotifications } from './features/questions/notifications';
import { accept, acceptChecked, discard } from './features/review/accept';
import { ChangesTree } from './features/review/changesTree';
import { ReviewComments } from './features/review/comments';
import { CommitDocuments, scheme } from './features/review/documents';
import { CurrentReview } from './features/review/review';
import { setApiKey, storedKey } from './features/setup/apiKey';
import { checkSetup } from './features/setup/checkSetup';
import { StatusBar } from './features/status/statusBar';
import { fork, newTask, openWorktree, rollBack } from './features/steer/steer';
import { Coordinator } from './infrastructure/coordinator';
import { pickTask } from './infrastructure/pickTask';
import { guarded } from './infrastructure/tell';
import { methods, type AgentTask, type FileDiff } from './protocol.generated';

const working = (task: AgentTask): boolean => ['queued', 'preparing', 'running', 'waitingForApproval', 'waitingForUser'].includes(task.state);
const reviewable = (task: AgentTask): boolean => task.changes.files > 0 && !['merged', 'discarded'].includes(task.state);
const acceptable = (task: AgentTask): boolean => ['readyForReview', 'conflict', 'failed', 'stopped'].includes(task.state);
const living = (task: AgentTask): boolean => !['merged', 'discarded'].includes(task.state);

/** Makes the parts and names the commands; the connection comes up beside, so that the editor never waits for it. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Agent.Ide', { log: true });
  const coordinator = new Coordinator(context.extensionUri, String(context.extension.packageJSON.version), log, {
    features: client => [new EditorModelsFeature(client)],
    environment: () => storedKey(context.secrets),
  });
  const review = new CurrentReview(coordinator);
  const comments = new ReviewComments(coordinator, review);
  const panel = new TaskPanel(coordinator, context.extensionUri, log);
  const under = (argument: unknown): unknown => argument ?? review.value?.task.id;

  const command = (name: string, run: (argument: unknown, second: unknown) => Promise<void>): vscode.Disposable =>
    vscode.commands.registerCommand(name, (argument?: unknown, second?: unknown) => guarded(log, () => run(argument, second)));
  const onTask = (name: string, fits: (task: AgentTask) => boolean, none: string, run: (task: AgentTask, second: unknown) => Promise<void>): vscode.Disposable =>
    command(name, async (argument, second) => {
      const task = await pickTask(coordinator.store, argument, fits, none);
      if (task !== undefined) await run(task, second);
    });

  context.subscriptions.push(
    log,
    coordinator,
    review,
    comments,
    panel,
    new StatusBar(coordinator),
    new TaskNotifications(coordinator, log),
    vscode.window.registerWebviewViewProvider(TaskPanel.viewId, panel),
    ChangesTree.createView(review),
    vscode.workspace.registerTextDocumentContentProvider(scheme, new CommitDocuments(coordinator)),
    command('agentIde.delegateSelection', argument => delegateSelection(coordinator, argument)),
    command('agentIde.newTask', () => newTask(coordinator)),
    onTask('agentIde.review', reviewable, 'No task has changes to review.', (task, step) => review.open(task, typeof step === 'number' ? step : undefined)),
    command('agentIde.accept', async argument => {
      // Without a task named, it is about what the Changes view shows, and as it shows it.
      if (argument === undefined && review.value !== undefined && review.value.step === undefined) return acceptChecked(coordinator, review);
      const task = await pickTask(coordinator.store, under(argument), acceptable, 'No task is ready to be accepted.');
      if (task !== undefined) await accept(coordinator, review, task);
    }),
    command('agentIde.acceptChecked', () => acceptChecked(coordinator, review)),
    command('agentIde.discard', async argument => {
      const task = await pickTask(coordinator.store, under(argument), living, 'There is no task to discard.');
      if (task !== undefined) await discard(coordinator, review, task);
    }),
    onTask('agentIde.stop', working, 'No task is running.', async task => {
      await coordinator.request(methods.stop, { id: task.id });
    }),
    onTask('agentIde.rollback', task => task.steps > 0 && living(task), 'No task has steps to go back to.', (task, step) =>
      rollBack(coordinator, task, typeof step === 'number' ? step : undefined),
    ),
    onTask('agentIde.fork', task => task.steps > 0, 'No task has steps to fork from.', (task, step) => fork(coordinator, task, typeof step === 'number' ? step : undefined)),
    onTask('agentIde.openWorktree', living, 'No task has a worktree.', openWorktree),
    command('agentIde.checkSetup', () => checkSetup(coordinator, log)),
    command('agentIde.walkthrough', async () => void (await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#agentIde.start`))),
    command('agentIde.setApiKey', () => setApiKey(coordinator, context.secrets)),
    command('agentIde.restart', () => coordinator.restart()),
    command('agentIde.showLog', async () => log.show()),
    command('agentIde.openChange', file => review.openFile(file as FileDiff)),
    command('agentIde.sendComment', reply => comments.send(reply as vscode.CommentReply)),
  );
  void coordinator.start();
}
