import * as vscode from 'vscode';
import type { Repositories } from '../../infrastructure/repositories';
import { summary } from './summary';

/** The status bar's item: how many run, how many wait for a person, and the fullest context. */
export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('agentIde.status', vscode.StatusBarAlignment.Left, 10);
  readonly #repositories: Repositories;
  readonly #subscriptions: readonly (() => void)[];

  constructor(repositories: Repositories) {
    this.#repositories = repositories;
    this.#item.name = 'Agents';
    const state = repositories.onState(() => this.#show());
    this.#subscriptions = [repositories.onTasks(() => this.#show()), () => state.dispose()];
    this.#show();
  }

  dispose(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#item.dispose();
  }

  #show(): void {
    const { state } = this.#repositories;
    if (state.kind === 'none') {
      this.#item.hide();
      return;
    }

    const text = state.kind === 'failed' ? { text: '$(warning) Agents', tooltip: state.reason, waits: true } : summary(this.#repositories.tasks);
    this.#item.text = text.text;
    this.#item.tooltip = text.tooltip;
    this.#item.accessibilityInformation = { label: `Agents: ${text.tooltip}` };
    this.#item.backgroundColor = text.waits ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.command = state.kind === 'failed' ? 'agentIde.checkSetup' : 'agentIde.tasks.focus';
    this.#item.show();
  }
}
