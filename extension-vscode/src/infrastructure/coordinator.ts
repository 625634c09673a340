import * as vscode from 'vscode';
import type { LanguageClient, StaticFeature } from 'vscode-languageclient/node';
import { maxMessageBytes, methods, protocolVersion } from '../protocol.generated';
import { showWarning } from './messages';
import type { RepositoryPlace } from './repositories';
import { fits, onlyWhatFits } from './messageSize';
import { plainLenses, showServerMessages } from './serverMessages';
import { RequestFailed, type Method, type Requests } from './requests';
import type { ServerProcess } from './serverProcess';
import { whyNotStarted } from './serverProgram';
import { without } from './without';
import { TaskStore } from './taskStore';
import { makeRoom, versionMismatch } from './versionMismatch';
import { isStepAppended, isTaskChanged } from './wellFormed';

/** What is known only where the parts are made. */
export interface ConnectionParts {
  /** What else each client serves; made anew with it. */
  readonly features: (client: LanguageClient) => readonly StaticFeature[];
  /** Whether a file is this connection's: it may lie in a repository inside of another one. */
  readonly isOf: (coordinator: Coordinator, file: vscode.Uri) => boolean;
  /** A server in a folder. */
  readonly startServer: (folder: string) => Promise<ServerProcess>;
  /** Variables that count for this window's requests beside the editor's own. */
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
}

type Library = typeof import('vscode-languageclient/node');

interface Begun {
  readonly server: ServerProcess;
  readonly library: Library;
  readonly environment: Readonly<Record<string, string>>;
}

/** Starting a process and loading the library cost more than all else in the activation, so they come after it. */
const activated = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

export type ConnectionState = { readonly kind: 'none' | 'starting' | 'connected' } | { readonly kind: 'failed'; readonly reason: string };

const lost = 'The connection to the coordinator was lost. “Agent: Restart Server” connects again; the tasks are kept.';

const tooLarge = `Nothing was done: this is more than the ${maxMessageBytes / 1024 / 1024} MB that the coordinator takes at once.`;

/** Says that this client shows tasks, approvals and reviews itself, and of which repository: the library would name all folders of the window. */
const declaration = (folders: readonly vscode.WorkspaceFolder[]): StaticFeature => ({
  fillClientCapabilities: capabilities => {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), agentIde: true };
  },
  fillInitializeParams: params => {
    params.workspaceFolders = folders.map(({ uri, name }) => ({ uri: uri.toString(), name }));
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
});

/**
 * This window's connection to the coordinator of one repository. Reconnects by itself: the coordinator outlives windows, and a
 * window outlives a coordinator.
 */
export class Coordinator implements vscode.Disposable {
  readonly store = new TaskStore();
  readonly #state = new vscode.EventEmitter<ConnectionState>();
  readonly onState = this.#state.event;
  readonly #log: vscode.LogOutputChannel;
  readonly #parts: ConnectionParts;
  readonly #version: string;
  readonly #place: RepositoryPlace;
  #client: LanguageClient | undefined;
  #server: ServerProcess | undefined;
  /** Changes with every start and stop, so that one that was overtaken is known. */
  #attempt = 0;
  #current: ConnectionState = { kind: 'none' };

  /**
   * @param version of the extension.
   */
  constructor(place: RepositoryPlace, version: string, log: vscode.LogOutputChannel, parts: ConnectionParts) {
    this.#place = place;
    this.#version = version;
    this.#log = log;
    this.#parts = parts;
  }

  get state(): ConnectionState {
    return this.#current;
  }

  /** The first of the window's folders that are in the repository. */
  get folder(): vscode.WorkspaceFolder | undefined {
    return this.#place.folders[0];
  }

  /** Where the checkout begins that paths are relative to. */
  get root(): string {
    return this.#place.root;
  }

  async start(): Promise<void> {
    const folder = this.folder;
    if (folder === undefined) return;
    const attempt = ++this.#attempt;
    this.#become({ kind: 'starting' });
    try {
      const begun = await this.#begin(folder, attempt);
      if (begun === undefined) return;
      this.#client = this.#makeClient(folder, begun);
      await this.#client.start().catch((error: unknown) => {
        throw whyNotStarted(error, begun.server.program);
      });
    } catch (error) {
      if (attempt === this.#attempt) this.#fail(error);
    }
  }

  async restart(): Promise<void> {
    const stopped = this.#stop();
    const attempt = this.#attempt;
    // Who asks from now on waits for the new one.
    this.#become({ kind: 'starting' });
    await stopped;
    // Where this connection was left for good meanwhile, or begun anew, no other server is started.
    if (attempt === this.#attempt) await this.start();
  }

  /** @throws RequestFailed with a line for a person. */
  async request<M extends Method>(method: M, params: Requests[M][0], token?: vscode.CancellationToken): Promise<Requests[M][1]> {
    await this.settled();
    if (this.#client === undefined || this.#current.kind !== 'connected') {
      const reason = this.#current.kind === 'failed' ? this.#current.reason : 'Agent.Ide is not connected to a repository.';
      throw new RequestFailed(reason, 'notConnected', undefined);
    }

    if (!fits(params)) throw new RequestFailed(tooLarge, 'tooLarge', 'Do it in smaller parts: an accept can be of some of the files, a delegation of some of the lines.');
    try {
      // An absent token would count as a second parameter.
      const sent = token === undefined ? this.#client.sendRequest<Requests[M][1]>(method, params) : this.#client.sendRequest<Requests[M][1]>(method, params, token);
      return await sent;
    } catch (error) {
      throw RequestFailed.from(error);
    }
  }

  dispose(): void {
    void this.#stop();
    // Whoever waits for the connection to come up waits no more.
    this.#become({ kind: 'none' });
    this.#state.dispose();
  }

  /** What a client takes; undefined when this start was overtaken. Until then its server is left like any other by who overtakes it. */
  async #begin(folder: vscode.WorkspaceFolder, attempt: number): Promise<Begun | undefined> {
    const asking = this.#parts.environment();
    const starting = activated().then(() => this.#startServer(folder, attempt));
    const [server, library, environment] = await Promise.all([starting, activated().then(() => import('vscode-languageclient/node')), asking]);
    return attempt === this.#attempt ? { server, library, environment } : undefined;
  }

  async #startServer(folder: vscode.WorkspaceFolder, attempt: number): Promise<ServerProcess> {
    const server = await this.#parts.startServer(folder.uri.fsPath);
    if (attempt === this.#attempt) this.#server = server;
    else server.leave();
    return server;
  }

  #makeClient(folder: vscode.WorkspaceFolder, { server, library: { LanguageClient, State }, environment }: Begun): LanguageClient {
    const client: LanguageClient = new LanguageClient('agentIde', 'Agent.Ide', () => this.#nextOf(server), {
      documentSelector: [{ scheme: 'file' }],
      workspaceFolder: folder,
      outputChannel: this.#log,
      traceOutputChannel: without(Object.values(environment), this.#log),
      initializationOptions: { environment },
      middleware: {
        ...onlyWhatFits(closed => client.sendNotification('textDocument/didClose', closed)),
        provideCodeActions: (document, range, context, token, next) => (this.#parts.isOf(this, document.uri) ? next(document, range, context, token) : []),
        provideCodeLenses: async (document, token, next) => plainLenses(await next(document, token)),
      },
      initializationFailedHandler: error => {
        if (client === this.#client) this.#fail(whyNotStarted(error, server.program));
        return false;
      },
    });
    client.registerFeature(declaration(this.#place.folders));
    for (const feature of this.#parts.features(client)) client.registerFeature(feature);
    showServerMessages(client);
    client.onDidChangeState(({ newState }) => {
      // One that was left says how it ends.
      if (client !== this.#client) return;
      if (newState === State.Running) void this.#attach(client);
      else if (newState === State.Starting) this.#become({ kind: 'starting' });
      else if (this.#current.kind === 'connected') this.#become({ kind: 'failed', reason: lost });
    });
    client.onNotification(methods.taskChanged, (params: unknown) => {
      if (isTaskChanged(params)) this.store.changed(params);
      else this.#log.warn(`${methods.taskChanged} of the coordinator does not fit and is passed over.`);
    });
    client.onNotification(methods.stepAppended, (params: unknown) => {
      if (isStepAppended(params)) this.store.stepAppended(params);
      else this.#log.warn(`${methods.stepAppended} of the coordinator does not fit and is passed over.`);
    });
    return client;
  }

  /** The library only logs that there is no further process, and would be waited for without end. */
  async #nextOf(server: ServerProcess): ReturnType<ServerProcess['next']> {
    try {
      return await server.next();
    } catch (error) {
      if (server === this.#server) this.#fail(whyNotStarted(error, server.program));
      throw error;
    }
  }

  /** Who asks while the connection comes up has to wait, and need not ask again. */
  settled(): Promise<void> {
    if (this.#current.kind !== 'starting') return Promise.resolve();
    return new Promise(resolve => {
      const listening = this.onState(({ kind }) => {
        if (kind === 'starting') return;
        listening.dispose();
        resolve();
      });
    });
  }

  async #attach(client: LanguageClient): Promise<void> {
    try {
      const checkout = this.folder?.uri.fsPath ?? '';
      const fromSeq = this.store.seq;
      const result = await client.sendRequest<Requests[typeof methods.attach][1]>(methods.attach, {
        protocolVersion,
        checkout,
        ...(fromSeq > 0 ? { fromSeq } : {}),
      });
      // It may have been left or lost while the answer was on its way.
      if (client !== this.#client) return;
      if (!client.isRunning()) throw new RequestFailed(lost, 'notConnected', undefined);
      this.store.attached(result);
      for (const notice of result.notices) this.#log.info(notice);
      this.#become({ kind: 'connected' });
      const mismatch = versionMismatch(this.#version, result.version);
      if (mismatch !== undefined) void this.#offerAnother(client, mismatch);
    } catch (error) {
      if (client !== this.#client) return;
      this.#fail(error);
      const failed = RequestFailed.from(error);
      if (failed.code === 'protocolVersion') void this.#offerAnother(client, failed.message);
    }
  }

  /** Of another version: whoever wants has it replaced by the one that this extension starts; tasks go on from their last step. */
  async #offerAnother(client: LanguageClient, mismatch: string): Promise<void> {
    this.#log.warn(mismatch);
    if ((await showWarning(mismatch, makeRoom)) !== makeRoom || client !== this.#client) return;
    try {
      await client.sendRequest(methods.coordinatorStop, {});
    } catch (error) {
      // It may end faster than it answers; whether it did shows when the next one is attached to.
      this.#log.debug(`Stopping the coordinator: ${String(error)}`);
    }

    await this.restart();
  }

  async #stop(): Promise<void> {
    this.#attempt++;
    const [client, server] = [this.#client, this.#server];
    this.#client = undefined;
    this.#server = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      // One that never came up cannot be shut down either.
      this.#log.debug(`Stopping: ${String(error)}`);
    }

    server?.leave();
  }

  #fail(error: unknown): void {
    const failed = RequestFailed.from(error);
    const reason = failed.hint === undefined ? failed.message : `${failed.message} ${failed.hint}`;
    this.#log.error(reason);
    this.#become({ kind: 'failed', reason });
  }

  #become(state: ConnectionState): void {
    this.#current = state;
    this.#state.fire(state);
  }
}
