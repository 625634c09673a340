import type { AgentTask } from '../../protocol.generated';

export interface StatusText {
  readonly text: string;
  readonly tooltip: string;
  /** Somebody waits for a person. */
  readonly waits: boolean;
}

/** The tasks in a few characters, and in a sentence. Pure. */
export function summary(tasks: readonly AgentTask[]): StatusText {
  const running = tasks.filter(task => task.state === 'running' || task.state === 'preparing');
  const waiting = tasks.filter(task => task.state === 'waitingForApproval' || task.state === 'waitingForUser');
  const ready = tasks.filter(task => task.state === 'readyForReview');
  const worst = Math.max(0, ...running.map(task => (task.budget.maxTokens > 0 ? task.budget.contextTokens / task.budget.maxTokens : 0)));
  const parts: string[] = [];
  if (running.length > 0) parts.push(`$(sync~spin) ${running.length}`);
  if (waiting.length > 0) parts.push(`$(bell) ${waiting.length}`);
  if (ready.length > 0) parts.push(`$(diff-multiple) ${ready.length}`);
  if (running.length > 0 && worst > 0) parts.push(`${Math.round(worst * 100)} %`);
  const words = [`${running.length} running`, `${waiting.length} waiting for you`, `${ready.length} ready for review`];
  if (running.length > 0) words.push(`fullest context ${Math.round(worst * 100)} %`);
  return { text: `$(git-branch) Agents${parts.length > 0 ? ` ${parts.join(' ')}` : ''}`, tooltip: words.join(', '), waits: waiting.length > 0 };
}
