import * as vscode from 'vscode';
import type { Coordinator } from '../../infrastructure/coordinator';
import { showError, showInformation, showWarning } from '../../infrastructure/messages';
import { guarded } from '../../infrastructure/tell';
import { methods, type AgentTask } from '../../protocol.generated';
import { isWanted, whatToTell, type Told } from './whatToTell';

/** Notifications about tasks; each thing is told once per window, and what their buttons ask for is done. */
export class TaskNotifications implements vscode.Disposable {
  readonly #coordinator: Coordinator;
  readonly #log: vscode.LogOutputChannel;
  readonly #repository: () => string | undefined;
  readonly #isOurs: (task: AgentTask) => boolean;
  readonly #told = new Set<string>();
  #attached = false;
  readonly #stopListening: () => void;

  /**
   * @param repository its name, where the window has several: equal messages of two would be shown as one.
   * @param isOurs whether a task is told here, and not by another connection that knows it as well.
   */
  constructor(coordinator: Coordinator, log: vscode.LogOutputChannel, repository: () => string | undefined, isOurs: (task: AgentTask) => boolean) {
    this.#coordinator = coordinator;
    this.#repository = repository;
    this.#isOurs = isOurs;
    this.#log = log;
    this.#stopListening = coordinator.store.onChange(id => this.#look(id));
  }

  dispose(): void {
    this.#stopListening();
  }

  #look(id: string | undefined): void {
    if (id === undefined && !this.#attached) {
      this.#attached = true;
      // What rested before this window came is on the panel already; what waits for an answer is worth saying.
      for (const task of this.#coordinator.store.tasks) {
        for (const item of whatToTell(task)) if (item.kind !== 'question') this.#told.add(item.key);
      }
    }

    const tasks = id === undefined ? this.#coordinator.store.tasks : [this.#coordinator.store.find(id)].filter(task => task !== undefined);
    const wanted = vscode.workspace.getConfiguration('agentIde').get<unknown>('notifications');
    for (const task of tasks) {
      for (const item of whatToTell(task)) {
        if (this.#told.has(item.key)) continue;
        this.#told.add(item.key);
        if (isWanted(item, wanted) && this.#isOurs(task)) void guarded(this.#log, () => this.#tell(task, item));
      }
    }
  }

  async #tell(task: AgentTask, item: Told): Promise<void> {
    const show = item.kind === 'failure' ? showError : item.kind === 'question' ? showWarning : showInformation;
    const repository = this.#repository();
    const choice = await show(repository === undefined ? item.text : `${repository}: ${item.text}`, ...item.buttons);
    if (choice === undefined) return;
    if (item.call !== undefined) {
      const decision = choice === 'Allow' ? 'allow' : choice === 'Deny' ? 'deny' : 'allowAlways';
      await this.#coordinator.request(methods.respondApproval, { id: task.id, call: item.call, decision });
    } else if (choice === 'Show') await vscode.commands.executeCommand('agentIde.tasks.focus');
    else await vscode.commands.executeCommand(choice === 'Review' ? 'agentIde.review' : 'agentIde.accept', task);
  }
}
