import type * as vscode from 'vscode';
import { showInformation, showWarning } from '../../infrastructure/messages';
import type { Repositories } from '../../infrastructure/repositories';
import { methods } from '../../protocol.generated';

/** "Check Setup": what is there, what is missing, how to get it. */
export async function checkSetup(repositories: Repositories, log: vscode.LogOutputChannel): Promise<void> {
  const coordinator = await repositories.choose('Check Setup');
  if (coordinator === undefined) return;
  if (coordinator.state.kind === 'failed') await coordinator.restart();
  const { checks } = await coordinator.request(methods.doctor, {});
  log.info('Setup:');
  for (const check of checks) log.info(`  ${check.ok ? 'ok     ' : 'missing'} ${check.name}: ${check.message}${check.fix === undefined ? '' : ` ${check.fix}`}`);
  const missing = checks.filter(check => !check.ok);
  if (missing.length === 0) {
    void showInformation(`Everything is there: ${checks.map(check => check.name).join(', ')}.`);
    return;
  }

  const choice = await showWarning(missing.map(check => `${check.name}: ${check.message} ${check.fix ?? ''}`.trim()).join('\n'), 'Show Log');
  if (choice === 'Show Log') log.show();
}
