import * as vscode from 'vscode';
import { plainLabel, plainText } from './plainText';

// Messages and lists hold what agents and repositories say, and the editor makes links of `[…](command:…)` in the ones and icons of `$(…)` in
// the others: so this is the only place that shows any.

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

/** Lets a person choose one; undefined where they choose none. An item's own icon is its `iconPath`. */
export async function choose<Item extends vscode.QuickPickItem>(items: readonly Item[], options: vscode.QuickPickOptions): Promise<Item | undefined> {
  const shown = items.map(item => ({ ...plainItem(item), item }));
  return (await vscode.window.showQuickPick(shown, options))?.item;
}

/** For a list that is put together while a person types. */
export function plainItem<Item extends vscode.QuickPickItem>(item: Item): Item {
  const { label, description, detail } = item;
  return {
    ...item,
    label: plainLabel(label),
    ...(description === undefined ? {} : { description: plainLabel(description) }),
    ...(detail === undefined ? {} : { detail: plainLabel(detail) }),
  };
}
