import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where the server may be, in the order it is looked for. */
export interface ServerPlaces {
  /** The setting; empty when there is none. */
  readonly configured: string;
  /** The extension's own folder. */
  readonly extension: string;
  readonly platform: NodeJS.Platform;
}

export class ServerMissing extends Error {}

/** Finds the `agent-ide` executable: the setting, the packaged one, or what a build of the checkout around this extension left. */
export function findServer(places: ServerPlaces, exists: (file: string) => boolean = existsSync): string {
  const name = places.platform === 'win32' ? 'agent-ide.exe' : 'agent-ide';
  if (places.configured !== '') {
    if (exists(places.configured)) return places.configured;
    throw new ServerMissing(`The setting agentIde.server.path names ${places.configured}, which does not exist.`);
  }

  const built = (configuration: string): string => path.join(places.extension, '..', 'src', 'Agent.Ide.Cli', 'bin', configuration, 'net10.0', name);
  const candidates = [path.join(places.extension, 'server', name), built('Release'), built('Debug')];
  const found = candidates.find(exists);
  if (found !== undefined) return found;
  throw new ServerMissing('This extension was packaged without a server for this platform. Install the package for your platform, or set agentIde.server.path.');
}
