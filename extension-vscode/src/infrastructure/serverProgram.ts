import { accessSync, chmodSync, closeSync, constants, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';

/** Where the server may be, in the order it is looked for. */
export interface ServerPlaces {
  /** The setting; empty when there is none. */
  readonly configured: string;
  /** The extension's own folder. */
  readonly extension: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

/** What is asked of the file system; tests answer instead. */
export interface ServerFiles {
  readonly exists: (file: string) => boolean;
  readonly read: (file: string) => string;
}

export class ServerMissing extends Error {}

const disk: ServerFiles = { exists: existsSync, read: file => readFileSync(file, 'utf8') };
const ownServer = 'Set agentIde.server.path to an agent-ide that was built on this machine (`npm run build` in a checkout of Agent.Ide).';

/**
 * Finds the `agent-ide` executable: the setting, the packaged one, or what a build of the checkout around this extension left.
 *
 * @throws ServerMissing with what to do.
 */
export function findServer(places: ServerPlaces, files: ServerFiles = disk): string {
  const name = places.platform === 'win32' ? 'agent-ide.exe' : 'agent-ide';
  if (places.configured !== '') {
    if (files.exists(places.configured)) return places.configured;
    throw new ServerMissing(`The setting agentIde.server.path names ${places.configured}, which does not exist. Correct it, or empty it to use the server in this extension.`);
  }

  const packaged = path.join(places.extension, 'server', name);
  const builtFor = path.join(places.extension, 'server', 'platform');
  if (files.exists(builtFor)) {
    const wanted = `${places.platform === 'win32' ? 'win' : places.platform}-${places.arch}`;
    const given = files.read(builtFor).trim();
    if (given !== wanted) throw new ServerMissing(`This package of Agent.Ide is for ${given}, and this machine is ${wanted}. Install the package for ${wanted} if there is one. ${ownServer}`);
    if (!files.exists(packaged)) throw new ServerMissing(`The server of this extension is gone from ${packaged}. Install the extension again.`);
  }

  const built = (configuration: string): string => path.join(places.extension, '..', 'src', 'Agent.Ide.Cli', 'bin', configuration, 'net10.0', name);
  const found = [packaged, built('Release'), built('Debug')].find(files.exists);
  if (found !== undefined) return found;
  throw new ServerMissing(`This extension was installed without a server. Install the package for your platform. ${ownServer}`);
}

/**
 * Makes the packaged program executable where it lost that on its way: unpacking a package may drop it. What a setting names is left as it is.
 *
 * @throws ServerMissing where it is not executable then.
 */
export function makeExecutable(program: string, extension: string, platform: NodeJS.Platform): void {
  if (platform === 'win32') return;
  try {
    accessSync(program, constants.X_OK);
  } catch {
    try {
      if (!program.startsWith(extension + path.sep)) throw new Error('it is not part of this extension');
      chmodSync(program, 0o755);
    } catch (error) {
      throw new ServerMissing(`${program} may not be run, and that was not changed (${error instanceof Error ? error.message : String(error)}). Run: chmod +x "${program}"`);
    }
  }
}

/** What ELF calls the machines that Node.js runs on. */
const machines: ReadonlyMap<number, string> = new Map([[0x03, 'ia32'], [0x15, 'ppc64'], [0x16, 's390x'], [0x28, 'arm'], [0x3e, 'x64'], [0xb7, 'arm64'], [0xf3, 'riscv64']]);

/**
 * Looks at the first bytes of a program: a system that cannot run it would only say that it ended.
 *
 * @throws ServerMissing where it is one for another machine. What is no program in a form known here is left to the system.
 */
export function fitsMachine(program: string, places: Pick<ServerPlaces, 'platform' | 'arch'>): void {
  if (places.platform !== 'linux') return;
  const head = new Uint8Array(20);
  const file = openSync(program, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }

  const begins = (text: string): boolean => text === String.fromCharCode(...head.subarray(0, text.length));
  const machine = machines.get(new DataView(head.buffer).getUint16(18, true)) ?? 'another machine';
  const built = begins('MZ') ? 'Windows' : begins('\x7fELF') ? machine : undefined;
  if (built !== undefined && built !== places.arch) throw new ServerMissing(`${program} is a program for ${built}, and this machine is ${places.arch}. ${ownServer}`);
}

/** The numbers that a connection gives to requests that it will never have an answer to: it could not write or read, or is closed. */
const lost = new Set([-32099, -32098, -32097, -32096]);

/** What to tell when a program was started and no connection came about: a refusal of the server's as it is, all else with what to do. */
export function whyNotStarted(error: unknown, program: string | undefined): unknown {
  const refused = error instanceof Error && 'code' in error && typeof error.code === 'number' && !lost.has(error.code);
  if (refused || error instanceof ServerMissing || program === undefined) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ServerMissing(`${program} could not be started as a server, or ended at once (${reason}). Run "${program}" doctor in a terminal to see why.`);
}
