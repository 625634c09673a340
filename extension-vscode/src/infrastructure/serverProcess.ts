import { spawn, type ChildProcess } from 'node:child_process';

/** What is started, and where. */
export interface ServerStart {
  readonly program: string;
  /** A folder of the repository that it is going to be asked about. */
  readonly folder: string;
}

/**
 * The server's process. It is started before the library that talks to it is loaded, so that both happen at once; when that library asks
 * for a process again, because one ended, it gets a new one.
 */
export class ServerProcess {
  readonly #start: ServerStart;
  #unused: ChildProcess | undefined;
  #last: ChildProcess | undefined;

  private constructor(start: ServerStart) {
    this.#start = start;
  }

  /** @throws Error when the program cannot be run. */
  static async start(start: ServerStart): Promise<ServerProcess> {
    const server = new ServerProcess(start);
    server.#unused = await server.#spawn();
    return server;
  }

  get program(): string {
    return this.#start.program;
  }

  /** @throws Error when the program cannot be run, or ended before anybody talked to it. */
  async next(): Promise<ChildProcess> {
    const child = this.#unused ?? (await this.#spawn());
    this.#unused = undefined;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    return child;
  }

  /** Nobody talks to it any more, which is what it ends on. */
  leave(): void {
    this.#last?.stdin?.end();
  }

  #spawn(): Promise<ChildProcess> {
    const { program, folder } = this.#start;
    // Told which folder it is about, it looks for the coordinator before it is asked.
    const child = spawn(program, ['lsp', '--stdio', '--repo', folder], { cwd: folder });
    this.#last = child;
    return new Promise((resolve, reject) => {
      child.once('spawn', () => resolve(child));
      child.on('error', reject);
    });
  }
}
