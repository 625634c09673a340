import type * as vscode from 'vscode';
import { showError } from './messages';
import { RequestFailed } from './requests';

/** Runs what a person asked for; what goes wrong becomes one message that says what to do. */
export async function guarded(log: vscode.LogOutputChannel, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    await tell(log, error);
  }
}

/** The same for what the editor has to know the failure of as well, because it goes by it; it does not wait until the message was read. */
export async function toldAndThrown(log: vscode.LogOutputChannel, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    void tell(log, error);
    throw error;
  }
}

async function tell(log: vscode.LogOutputChannel, error: unknown): Promise<void> {
  const failed = RequestFailed.from(error);
  log.error(`${failed.code}: ${failed.message}`);
  const choice = await showError(failed.hint === undefined ? failed.message : `${failed.message} ${failed.hint}`, 'Show Log');
  if (choice === 'Show Log') log.show();
}
