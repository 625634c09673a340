import path from 'node:path';
import * as vscode from 'vscode';
import type { AgentTask } from '../protocol.generated';
import type { ConnectionState, Coordinator } from './coordinator';
import { choose, showInformation } from './messages';
import { namesOf, realOf, repositoriesOf, type RepositoryFolders } from './repositoryFolders';
import { RequestFailed } from './requests';

export type RepositoryPlace = RepositoryFolders<vscode.WorkspaceFolder>;

interface Opened {
  readonly coordinator: Coordinator;
  readonly directory: string;
  /** Where it begins, as the editor spells what has no links. */
  readonly checkout: string;
  readonly parts: vscode.Disposable;
}

/** Called with the coordinator whose task changed, and the task's id; without an id any of it may have, without a coordinator any at all. */
type TasksListener = (coordinator: Coordinator | undefined, id: string | undefined) => void;

/**
 * The repositories of this window's folders, with a connection for each of their checkouts: the one place that knows that there may be several.
 * Features ask it for the {@link Coordinator} of a task, or of a file, and go on with that. Connections of checkouts of one repository know the
 * same tasks; each task is told, and asked for, by one of them.
 */
export class Repositories implements vscode.Disposable {
  readonly #make: (place: RepositoryPlace) => Coordinator;
  readonly #partsOf: (coordinator: Coordinator) => vscode.Disposable;
  readonly #state = new vscode.EventEmitter<void>();
  /** A connection came or went, or there are other repositories. */
  readonly onState = this.#state.event;
  readonly #listeners = new Set<TasksListener>();
  readonly #events: vscode.Disposable;
  #opened: readonly Opened[] = [];
  #names: readonly string[] = [];

  /**
   * @param make a connection; it is not started yet.
   * @param partsOf what lives as long as a connection does.
   */
  constructor(make: (place: RepositoryPlace) => Coordinator, partsOf: (coordinator: Coordinator) => vscode.Disposable) {
    this.#make = make;
    this.#partsOf = partsOf;
    this.#events = vscode.Disposable.from(
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.start()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.start()),
    );
  }

  /** In the order of the window's folders. */
  get all(): readonly Coordinator[] {
    return this.#opened.map(({ coordinator }) => coordinator);
  }

  /** What to call a repository where there are several; undefined where it is the only one. */
  nameOf(coordinator: Coordinator): string | undefined {
    return this.#opened.length < 2 ? undefined : this.#names[this.#opened.findIndex(opened => opened.coordinator === coordinator)];
  }

  /** The one that {@link nameOf} calls so. */
  named(name: string | undefined): Coordinator | undefined {
    return this.all.find(coordinator => this.nameOf(coordinator) === name);
  }

  /** Names of all, where there are several. */
  get names(): readonly string[] {
    return this.#opened.length < 2 ? [] : this.#names;
  }

  /**
   * Whose task it is. Ids are unique in a repository only; worktrees are everywhere. Of several checkouts it is the one that the task was made in,
   * whose folder its worktree is in: what is accepted lands there.
   *
   * @throws RequestFailed where the repository was closed meanwhile.
   */
  of(task: AgentTask): Coordinator {
    const coordinator = this.#ownerOf(task.id, task.worktree);
    if (coordinator === undefined) throw new RequestFailed(`The repository of “${task.title}” is not open here any more.`, 'notConnected', 'Open its folder again.');
    return coordinator;
  }

  /** Whose file it is; undefined for one of no repository here. The innermost of nested ones. */
  at(file: vscode.Uri): Coordinator | undefined {
    if (this.#opened.length < 2) return this.all[0];
    // Folders may be spelled by a link; files are compared as they are spelled first, because that needs no look at the disk.
    const spelled = this.#around(file.fsPath);
    const around = spelled.length > 0 ? spelled : this.#around(realOf(file.fsPath));
    return [...around].sort((left, right) => right.root.length - left.root.length)[0];
  }

  /** The task that has this id, and this worktree where one is named. */
  find(id: string, worktree?: string): AgentTask | undefined {
    const known = this.all.map(({ store }) => store.find(id)).find(task => task !== undefined && (worktree === undefined || task.worktree === worktree));
    // The newest of it is with the one that tells it.
    return known === undefined ? undefined : (this.#ownerOf(id, known.worktree)?.store.find(id) ?? known);
  }

  /** Whether a task is told by this connection, and not by that of another checkout of its repository. */
  tells(coordinator: Coordinator, { id, worktree }: AgentTask): boolean {
    return this.#opened.length < 2 || this.#ownerOf(id, worktree) === coordinator;
  }

  /** Of all repositories, newest first. */
  get tasks(): readonly AgentTask[] {
    const tasks = this.all.flatMap(coordinator => coordinator.store.tasks.filter(task => this.tells(coordinator, task)));
    return this.#opened.length < 2 ? tasks : tasks.sort((left, right) => right.createdAt.localeCompare(left.createdAt) || right.id.localeCompare(left.id));
  }

  /** Until no connection is coming up any more: before that, a task that is not known may still be. */
  async settled(): Promise<void> {
    await Promise.all(this.all.map(coordinator => coordinator.settled()));
  }

  /** Of all: connected where any is, so that one that fails is not in the way of the others. */
  get state(): ConnectionState {
    const states = this.all.map(({ state }) => state);
    return states.find(({ kind }) => kind === 'connected') ?? states.find(({ kind }) => kind === 'starting') ?? states.find(({ kind }) => kind === 'failed') ?? { kind: 'none' };
  }

  /** What is wrong with those that have no connection, a line each. */
  get troubles(): readonly string[] {
    return this.all.flatMap(coordinator => {
      const name = this.nameOf(coordinator);
      return coordinator.state.kind === 'failed' ? [name === undefined ? coordinator.state.reason : `${name}: ${coordinator.state.reason}`] : [];
    });
  }

  /** Returns how to stop listening. */
  onTasks(listener: TasksListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One that a person chooses where there are several; undefined when there is none, which is said, or none was chosen. */
  async choose(title: string): Promise<Coordinator | undefined> {
    if (this.#opened.length === 0) void showInformation('Open a folder of a git repository first.');
    if (this.#opened.length < 2) return this.all[0];
    const items = this.all.map(coordinator => ({ label: this.nameOf(coordinator) ?? '', description: coordinator.root, coordinator }));
    return (await choose(items, { title, placeHolder: 'In which repository?' }))?.coordinator;
  }

  /**
   * Connects to the repositories that are not connected yet, and leaves those whose folders are gone. Does nothing in a window whose folders
   * are not trusted: a server takes up the tasks of its repository.
   */
  start(): void {
    if (!vscode.workspace.isTrusted) return;
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    const places = repositoriesOf(folders, ({ uri }) => uri.fsPath);
    // A repository goes on in another of its checkouts by a new connection: what is accepted lands where the connection is.
    const isOf = (opened: Opened, place: RepositoryPlace): boolean => opened.directory === place.directory && opened.coordinator.root === place.root;
    const gone = this.#opened.filter(opened => !places.some(place => isOf(opened, place)));
    const begun: Coordinator[] = [];
    this.#opened = places.map(place => {
      const known = this.#opened.find(opened => isOf(opened, place));
      if (known !== undefined) return known;
      const opened = this.#open(place);
      begun.push(opened.coordinator);
      return opened;
    });
    this.#names = namesOf(this.#opened.map(({ coordinator }) => coordinator.root));
    for (const { coordinator, parts } of gone) {
      parts.dispose();
      coordinator.dispose();
    }

    for (const coordinator of begun) void coordinator.start();
    this.#state.fire();
    this.#tell(undefined, undefined);
  }

  async restart(): Promise<void> {
    const before = this.all;
    this.start();
    await Promise.all(this.all.filter(coordinator => before.includes(coordinator)).map(coordinator => coordinator.restart()));
  }

  dispose(): void {
    this.#events.dispose();
    for (const { coordinator, parts } of this.#opened) {
      parts.dispose();
      coordinator.dispose();
    }

    this.#state.dispose();
  }

  /** Decided by where the worktree is alone, so that it is the same before all have heard of the task; one that has failed tells nothing. */
  #ownerOf(id: string, worktree: string): Coordinator | undefined {
    const knowing = this.#opened.find(({ coordinator }) => coordinator.store.find(id)?.worktree === worktree);
    if (knowing === undefined || this.#opened.length < 2) return knowing?.coordinator;
    const place = vscode.Uri.parse(worktree, true).fsPath;
    const around = this.#checkoutsOf(knowing.directory).filter(({ checkout, coordinator }) => coordinator.state.kind !== 'failed' && place.startsWith(checkout + path.sep));
    return ([...around].sort((left, right) => right.checkout.length - left.checkout.length)[0] ?? knowing).coordinator;
  }

  #checkoutsOf(directory: string): readonly Opened[] {
    return this.#opened.filter(opened => opened.directory === directory);
  }

  #around(file: string): readonly Coordinator[] {
    return this.all.filter(({ root }) => file === root || file.startsWith(root + path.sep));
  }

  #open(place: RepositoryPlace): Opened {
    const coordinator = this.#make(place);
    const state = coordinator.onState(() => {
      this.#state.fire();
      // Its tasks may be another one's to tell now.
      if (this.#checkoutsOf(place.directory).length > 1) this.#tell(undefined, undefined);
    });
    const unsubscribe = coordinator.store.onChange(id => {
      const task = id === undefined ? undefined : coordinator.store.find(id);
      if (task === undefined || this.tells(coordinator, task)) this.#tell(coordinator, id);
    });
    const checkout = vscode.Uri.file(place.checkout).fsPath;
    return { coordinator, directory: place.directory, checkout, parts: vscode.Disposable.from(this.#partsOf(coordinator), state, { dispose: unsubscribe }) };
  }

  #tell(coordinator: Coordinator | undefined, id: string | undefined): void {
    for (const listener of this.#listeners) listener(coordinator, id);
  }
}
