import { askedFor } from '../../askedFor';
import type { AgentTask } from '../../protocol.generated';

/** Something about a task that a person should hear of. */
export interface Told {
  /** Equal for the same thing, whenever it is looked at. */
  readonly key: string;
  readonly kind: 'question' | 'ready' | 'failure';
  readonly text: string;
  readonly buttons: readonly string[];
  /** The call that an approval is about. */
  readonly call?: string;
}

/** What there is to tell about a task as it is now. Pure. */
export function whatToTell(task: AgentTask): readonly Told[] {
  const told: Told[] = task.approvals.map(approval => ({
    key: `${task.id}/${approval.call}`,
    kind: 'question',
    text: `${task.title}: may the agent ${askedFor(approval.tool)}? ${approval.summary}`,
    buttons: ['Allow', 'Always in This Task', 'Deny'],
    call: approval.call,
  }));
  switch (task.state) {
    case 'waitingForUser':
      told.push({ key: `${task.id}?${task.steps}`, kind: 'question', text: `${task.title}: ${task.question ?? 'the agent asks.'}`, buttons: ['Show'] });
      break;
    case 'readyForReview':
      told.push({ key: `${task.id}@${task.head} ${task.steps}`, kind: 'ready', text: `${task.title}: ready for review, ${changesText(task)}.`, buttons: ['Review', 'Accept'] });
      break;
    case 'failed':
      told.push({ key: `${task.id}!${task.steps}`, kind: 'failure', text: [`${task.title}: ${task.error?.message ?? 'failed.'}`, task.error?.hint].filter(Boolean).join(' '), buttons: ['Show'] });
      break;
  }

  return told;
}

/** @param wanted the setting; what it does not know counts as `all`, and the server tells that it is wrong. */
export function isWanted(told: Told, wanted: unknown): boolean {
  return wanted !== 'none' && (wanted !== 'questions' || told.kind === 'question');
}

export function changesText(task: AgentTask): string {
  const { files, additions, deletions } = task.changes;
  return files === 0 ? 'nothing changed' : `+${additions} −${deletions} in ${files} ${files === 1 ? 'file' : 'files'}`;
}
