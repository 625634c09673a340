import * as vscode from 'vscode';
import { ServerProcess } from './serverProcess';
import { findServer, fitsMachine, makeExecutable, whyNotStarted } from './serverProgram';

/**
 * Starts this extension's server.
 *
 * @param extension the extension's folder.
 * @param folder one of the repository that the server is for.
 * @throws Error with what to do, where there is no server or it cannot be run.
 */
export async function startServer(extension: string, folder: string): Promise<ServerProcess> {
  const { platform, arch } = process;
  const configured = vscode.workspace.getConfiguration('agentIde').get('server.path', '');
  const program = findServer({ configured, extension, platform, arch });
  makeExecutable(program, extension, platform);
  fitsMachine(program, { platform, arch });
  try {
    return await ServerProcess.start({ program, folder });
  } catch (error) {
    throw whyNotStarted(error, program);
  }
}
