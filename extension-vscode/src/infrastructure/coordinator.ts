import * as vscode from 'vscode';
import type { LanguageClient, StaticFeature } from 'vscode-languageclient/node';
import { methods, protocolVersion } from '../protocol.generated';
import { showWarning } from './messages';
import type { RepositoryPlace } from './repositories';
import { RequestFailed, type Method, type Requests } from './requests';
import { ServerProcess } from './serverProcess';
import { findServer, fitsMachine, makeExecutable, whyNotStarted } from './serverProgram';
import { TaskStore } from './taskStore';
import { makeRoom, versionMismatch } from './versionMismatch';
import { isStepAppended, isTaskChanged } from './wellFormed';

/** What is known only where the parts are made. */
export interface ConnectionParts {
  /** What else each client serves; made anew with it. */
  readonly features: (client: LanguageClient) => readonly StaticFeature[];
  /** Variables that the server gets beside the editor's own. */
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
}

type Library = typeof import('vscode-languageclient/node');

/** Most of what loading the extension would cost, so it comes after what activation has to ask the editor, while the server starts. */
async function loadLibrary(): Promise<Library> {
  await new Promise(resolve => setImmediate(resolve));
  return import('vscode-languageclient/node');
}

export type ConnectionState = { readonly kind: 'none' | 'starting' | 'connected' } | { readonly kind: 'failed'; readonly reason: string };

const lost = 'The connection to the coordinator was lost. “Agent: Restart Server” connects again; the tasks are kept.';

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
  readonly #extension: vscode.Uri;
  readonly #parts: ConnectionParts;
  readonly #version: string;
  readonly #place: RepositoryPlace;
  #client: LanguageClient | undefined;
  #server: ServerProcess | undefined;
  #program: string | undefined;
  /** Changes with every start and stop, so that one that was overtaken is known. */
  #attempt = 0;
  #current: ConnectionState = { kind: 'none' };

  /**
   * @param version of the extension.
   */
  constructor(place: RepositoryPlace, extension: vscode.Uri, version: string, log: vscode.LogOutputChannel, parts: ConnectionParts) {
    this.#place = place;
    this.#extension = extension;
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
      const [server, library] = await Promise.all([this.#startServer(folder), loadLibrary()]);
      if (attempt !== this.#attempt) {
        server.leave();
        return;
      }

      this.#server = server;
      this.#client = this.#makeClient(folder, server, library);
      await this.#client.start();
    } catch (error) {
      if (attempt === this.#attempt) this.#fail(whyNotStarted(error, this.#program));
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

  async #startServer(folder: vscode.WorkspaceFolder): Promise<ServerProcess> {
    const { platform, arch } = process;
    const configured = vscode.workspace.getConfiguration('agentIde').get('server.path', '');
    const program = findServer({ configured, extension: this.#extension.fsPath, platform, arch });
    makeExecutable(program, this.#extension.fsPath, platform);
    fitsMachine(program, { platform, arch });
    this.#program = program;
    return ServerProcess.start({ program, folder: folder.uri.fsPath, environment: { ...process.env, ...(await this.#parts.environment()) } });
  }

  #makeClient(folder: vscode.WorkspaceFolder, server: ServerProcess, { LanguageClient, State }: Library): LanguageClient {
    const client = new LanguageClient('agentIde', 'Agent.Ide', () => this.#nextOf(server), {
      documentSelector: [{ scheme: 'file' }],
      workspaceFolder: folder,
      outputChannel: this.#log,
      initializationFailedHandler: error => {
        if (client === this.#client) this.#fail(whyNotStarted(error, this.#program));
        return false;
      },
    });
    client.registerFeature(declaration(this.#place.folders));
    for (const feature of this.#parts.features(client)) client.registerFeature(feature);
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
      if (server === this.#server) this.#fail(whyNotStarted(error, this.#program));
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
