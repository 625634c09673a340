import * as vscode from 'vscode';
import { showInformation } from '../../infrastructure/messages';
import type { Repositories } from '../../infrastructure/repositories';

/** The variable from which the coordinator takes the key of OpenAI and compatible services; also its name in the editor's secret storage. */
const name = 'OPENAI_API_KEY';

/** The stored key as a variable that the server is told; nothing where none is stored. It stays in memory there. */
export async function storedKey(secrets: Pick<vscode.SecretStorage, 'get'>): Promise<Readonly<Record<string, string>>> {
  const key = await secrets.get(name);
  return key === undefined ? {} : { [name]: key };
}

/** "Set API Key": asks for one and keeps it in the editor's secret storage; an empty one removes what is there. */
export async function setApiKey(repositories: Pick<Repositories, 'restart'>, secrets: vscode.SecretStorage): Promise<void> {
  const key = await vscode.window.showInputBox({
    title: 'API key of your model service',
    prompt: `Kept in the secret storage of the editor and sent to the server of inference.base_url, or to OpenAI. It takes the place of ${name}. Leave it empty to remove it.`,
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined) return;

  const trimmed = key.trim();
  if (trimmed === '') await secrets.delete(name);
  else await secrets.store(name, trimmed);
  await repositories.restart();
  void showInformation(trimmed === '' ? 'The API key was removed.' : 'The API key is kept. Tasks from now on use it.');
}
