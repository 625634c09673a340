import * as vscode from 'vscode';
import { plainText } from './plainText';

// Messages hold what agents and repositories say, and the editor makes links of `[…](command:…)` in them: so this is the only place
// that shows any.

/** Resolves to the button that was chosen. */
export function showInformation(text: string, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(plainText(text), ...buttons);
}

/** Resolves to the button that was chosen. */
export function showWarning(text: string, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(plainText(text), ...buttons);
}

/** Resolves to the button that was chosen. */
export function showError(text: string, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showErrorMessage(plainText(text), ...buttons);
}

/** Asks, and waits in front of everything else, before what cannot be taken back with a click. */
export async function confirm(text: string, button: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(plainText(text), { modal: true }, button)) === button;
}

/** Runs something with a notification that says that it does. */
export function showingProgress<T>(title: string, run: () => Thenable<T>): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: plainText(title) }, run);
}
