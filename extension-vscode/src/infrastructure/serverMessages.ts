import type * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { showError, showInformation, showWarning } from './messages';
import { plainLabel } from './plainText';

/** `window/showMessage`, and with actions `window/showMessageRequest`, of LSP 3.17. */
interface ServerMessage {
  readonly type: number;
  readonly message: string;
  readonly actions?: readonly { readonly title: string }[];
}

const showOf = (type: number): typeof showInformation => (type === 1 ? showError : type === 2 ? showWarning : showInformation);

/** Shows what the server tells and asks by `messages.ts`: the library would show it as it is, with the links in what others have written. */
export function showServerMessages(client: Pick<LanguageClient, 'onNotification' | 'onRequest'>): void {
  client.onNotification('window/showMessage', ({ type, message }: ServerMessage) => void showOf(type)(message));
  client.onRequest('window/showMessageRequest', async ({ type, message, actions = [] }: ServerMessage) => {
    const chosen = await showOf(type)(message, ...actions.map(({ title }) => title));
    return actions.find(({ title }) => title === chosen) ?? null;
  });
}

/** Lenses with their tasks' titles as text. */
export function plainLenses(lenses: vscode.CodeLens[] | null | undefined): vscode.CodeLens[] | null | undefined {
  for (const lens of lenses ?? []) if (lens.command !== undefined) lens.command = { ...lens.command, title: plainLabel(lens.command.title) };
  return lenses;
}
