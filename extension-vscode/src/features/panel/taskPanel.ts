import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Coordinator } from '../../infrastructure/coordinator';
import { RequestFailed } from '../../infrastructure/requests';
import { guarded } from '../../infrastructure/tell';
import { methods } from '../../protocol.generated';
import type { FromPanel, ToPanel } from '../../webviews/tasks/messages';

/** The side panel. Shows what the coordinator tells and passes on what a person does; decides nothing about tasks. */
export class TaskPanel implements vscode.WebviewViewProvider, vscode.Disposable {
  static readonly viewId = 'agentIde.tasks';

  readonly #coordinator: Coordinator;
  readonly #extension: vscode.Uri;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscriptions: readonly (() => void)[];
  readonly #watched = new Set<string>();
  #view: vscode.WebviewView | undefined;

  constructor(coordinator: Coordinator, extension: vscode.Uri, log: vscode.LogOutputChannel) {
    this.#coordinator = coordinator;
    this.#extension = extension;
    this.#log = log;
    const state = coordinator.onState(() => this.#tellConnection());
    const settings = vscode.workspace.onDidChangeConfiguration(change => {
      if (change.affectsConfiguration('agentIde')) this.#tellDefaults();
    });
    this.#subscriptions = [coordinator.store.onChange(id => this.#tellChange(id)), () => state.dispose(), () => settings.dispose()];
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
        this.#tell({ type: 'tasks', tasks: this.#coordinator.store.tasks });
        break;
      case 'create':
        await this.#create(message);
        break;
      case 'approval':
        await this.#coordinator.request(methods.respondApproval, { id: message.id, call: message.call, decision: message.decision });
        break;
      case 'message':
        await this.#coordinator.request(methods.message, { id: message.id, text: message.text });
        break;
      case 'showSteps':
        await this.#showSteps(message.id);
        break;
      case 'rollback':
        await this.#coordinator.request(methods.rollback, { id: message.id, step: message.step });
        break;
      case 'reviewStep':
        await vscode.commands.executeCommand('agentIde.review', message.id, message.step);
        break;
      case 'command':
        await this.#command(message);
        break;
    }
  }

  async #command({ command, id }: Extract<FromPanel, { type: 'command' }>): Promise<void> {
    if (id !== undefined && command === 'resume') await this.#coordinator.request(methods.resume, { id });
    else if (id !== undefined && command === 'restore') await this.#coordinator.request(methods.restore, { id });
    else await vscode.commands.executeCommand(`agentIde.${command}`, id);
  }

  async #create(message: Extract<FromPanel, { type: 'create' }>): Promise<void> {
    const { type: _, ...request } = message;
    try {
      await this.#coordinator.request(methods.create, request);
      this.#tell({ type: 'created' });
    } catch (error) {
      const failed = RequestFailed.from(error);
      this.#tell({ type: 'created', error: failed.hint === undefined ? failed.message : `${failed.message} ${failed.hint}` });
    }
  }

  async #showSteps(id: string): Promise<void> {
    this.#watched.add(id);
    if (this.#coordinator.store.find(id) === undefined) return;
    const { steps } = await this.#coordinator.request(methods.get, { id });
    this.#coordinator.store.loaded(id, steps);
  }

  #tellConnection(): void {
    const { state } = this.#coordinator;
    this.#tell({ type: 'connection', kind: state.kind, ...(state.kind === 'failed' ? { reason: state.reason } : {}) });
  }

  /** Only shown there: the server has the settings itself, and goes by them. */
  #tellDefaults(): void {
    const settings = vscode.workspace.getConfiguration('agentIde', this.#coordinator.folder);
    this.#tell({ type: 'defaults', model: settings.get('model', ''), includeUncommitted: settings.get<boolean | null>('includeUncommitted') ?? false });
  }

  #tellChange(id: string | undefined): void {
    const task = id === undefined ? undefined : this.#coordinator.store.find(id);
    if (task === undefined || id === undefined) this.#tell({ type: 'tasks', tasks: this.#coordinator.store.tasks });
    else this.#tell({ type: 'changed', task });
    if (id !== undefined && this.#watched.has(id)) this.#tell({ type: 'steps', id, steps: this.#coordinator.store.steps(id) });
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
