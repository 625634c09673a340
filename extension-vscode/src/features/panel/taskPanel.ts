import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Coordinator } from '../../infrastructure/coordinator';
import type { Repositories } from '../../infrastructure/repositories';
import { RequestFailed } from '../../infrastructure/requests';
import { guarded } from '../../infrastructure/tell';
import { methods, type AgentTask } from '../../protocol.generated';
import type { FromPanel, PanelTask, ToPanel } from '../../webviews/tasks/messages';

/** The side panel. Shows what the coordinator tells and passes on what a person does; decides nothing about tasks. */
export class TaskPanel implements vscode.WebviewViewProvider, vscode.Disposable {
  static readonly viewId = 'agentIde.tasks';

  readonly #repositories: Repositories;
  readonly #extension: vscode.Uri;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscriptions: readonly (() => void)[];
  readonly #watched = new Set<string>();
  #view: vscode.WebviewView | undefined;

  constructor(repositories: Repositories, extension: vscode.Uri, log: vscode.LogOutputChannel) {
    this.#repositories = repositories;
    this.#extension = extension;
    this.#log = log;
    const state = repositories.onState(() => this.#tellConnection());
    const settings = vscode.workspace.onDidChangeConfiguration(change => {
      if (change.affectsConfiguration('agentIde')) this.#tellDefaults();
    });
    this.#subscriptions = [repositories.onTasks((coordinator, id) => this.#tellChange(coordinator, id)), () => state.dispose(), () => settings.dispose()];
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    const dist = vscode.Uri.joinPath(this.#extension, 'dist');
    view.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    view.webview.html = page(view.webview, dist);
    view.webview.onDidReceiveMessage((message: FromPanel) => void guarded(this.#log, () => this.#handle(message)));
    view.onDidDispose(() => (this.#view = undefined));
  }

  dispose(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
  }

  async #handle(message: FromPanel): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#tellConnection();
        this.#tellDefaults();
        this.#tellTasks();
        break;
      case 'create':
        await this.#create(message);
        break;
      case 'showSteps':
        await this.#showSteps(message.id);
        break;
      case 'command':
        await this.#command(message);
        break;
      default:
        await this.#onTask(message);
        break;
    }
  }

  async #onTask(message: Exclude<FromPanel, { type: 'ready' | 'create' | 'showSteps' | 'command' }>): Promise<void> {
    const task = this.#find(message.id);
    if (task === undefined) return;
    const coordinator = this.#repositories.of(task);
    switch (message.type) {
      case 'approval':
        await coordinator.request(methods.respondApproval, { id: task.id, call: message.call, decision: message.decision });
        break;
      case 'message':
        await coordinator.request(methods.message, { id: task.id, text: message.text });
        break;
      case 'step':
        await vscode.commands.executeCommand(message.command === 'reviewStep' ? 'agentIde.review' : `agentIde.${message.command}`, task, message.step);
        break;
    }
  }

  async #command({ command, id }: Extract<FromPanel, { type: 'command' }>): Promise<void> {
    const task = id === undefined ? undefined : this.#find(id);
    if (task !== undefined && command === 'resume') await this.#repositories.of(task).request(methods.resume, { id: task.id });
    else if (task !== undefined && command === 'restore') await this.#repositories.of(task).request(methods.restore, { id: task.id });
    else await vscode.commands.executeCommand(`agentIde.${command}`, task);
  }

  async #create(message: Extract<FromPanel, { type: 'create' }>): Promise<void> {
    const { type: _, repository, ...request } = message;
    try {
      const coordinator = repository === undefined ? this.#repositories.all[0] : this.#repositories.named(repository);
      if (coordinator === undefined) throw new RequestFailed('This repository is not open here any more.', 'notConnected', 'Choose another.');
      await coordinator.request(methods.create, request);
      this.#tell({ type: 'created' });
    } catch (error) {
      const failed = RequestFailed.from(error);
      this.#tell({ type: 'created', error: failed.hint === undefined ? failed.message : `${failed.message} ${failed.hint}` });
    }
  }

  async #showSteps(id: string): Promise<void> {
    this.#watched.add(id);
    const task = this.#find(id);
    if (task === undefined) return;
    const coordinator = this.#repositories.of(task);
    const { steps } = await coordinator.request(methods.get, { id: task.id });
    coordinator.store.loaded(task.id, steps);
  }

  #tellConnection(): void {
    const { state, troubles, names } = this.#repositories;
    this.#tell({ type: 'connection', kind: state.kind, reason: troubles.join('\n'), repositories: names });
  }

  /** Only shown there: the server has the settings itself, and goes by them. */
  #tellDefaults(): void {
    const settings = vscode.workspace.getConfiguration('agentIde', this.#repositories.all[0]?.folder);
    this.#tell({ type: 'defaults', model: settings.get('model', ''), includeUncommitted: settings.get<unknown>('includeUncommitted') === true });
  }

  #tellTasks(): void {
    this.#tell({ type: 'tasks', tasks: this.#repositories.tasks.map(task => this.#shown(this.#repositories.of(task), task)) });
  }

  #tellChange(coordinator: Coordinator | undefined, changed: string | undefined): void {
    const task = changed === undefined ? undefined : coordinator?.store.find(changed);
    if (coordinator === undefined || task === undefined) {
      this.#tellTasks();
      // What was asked for before the tasks were known, or told while nobody was connected, is missing.
      for (const id of this.#watched) void guarded(this.#log, () => this.#showSteps(id));
      return;
    }

    const shown = this.#shown(coordinator, task);
    this.#tell({ type: 'changed', task: shown });
    if (this.#watched.has(shown.id)) this.#tell({ type: 'steps', id: shown.id, steps: coordinator.store.steps(task.id) });
  }

  /** Where there are several repositories, what the panel knows a task by begins with its repository: their ids may be equal. */
  #shown(coordinator: Coordinator, task: AgentTask): PanelTask {
    const repository = this.#repositories.nameOf(coordinator);
    return repository === undefined ? task : { ...task, id: `${repository}/${task.id}`, repository };
  }

  #find(id: string): AgentTask | undefined {
    const end = id.lastIndexOf('/');
    return this.#repositories.named(end < 0 ? undefined : id.slice(0, end))?.store.find(id.slice(end + 1));
  }

  #tell(message: ToPanel): void {
    void this.#view?.webview.postMessage(message);
  }
}

/** No inline script, nothing from elsewhere: what a task says can at worst be text. */
function page(webview: vscode.Webview, dist: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const script = webview.asWebviewUri(vscode.Uri.joinPath(dist, 'tasks.js')).toString();
  const styles = webview.asWebviewUri(vscode.Uri.joinPath(dist, 'tasks.css')).toString();
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}; font-src ${webview.cspSource}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Agents</title>
<link rel="stylesheet" href="${styles}">
</head>
<body>
<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
