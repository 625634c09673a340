import { canFork, canRollBack } from '../../allowed';
import type { AgentTask, TaskBudget, TaskStep } from '../../protocol.generated';
import type { Icon } from './icons';
import type { PanelCommand, StepCommand } from './messages';

/** The colour of a card's edge and of its state. */
export type Tone = 'calm' | 'busy' | 'good' | 'asks' | 'bad';

export interface StateText {
  readonly text: string;
  readonly tone: Tone;
}

/** A state as a person says it. @param place the task's place in the queue, from 1. */
export function stateOf(task: AgentTask, place: number): StateText {
  switch (task.state) {
    case 'queued':
      return { text: place > 0 ? `queued, place ${place}` : 'queued', tone: 'calm' };
    case 'preparing':
      return { text: 'preparing', tone: 'busy' };
    case 'running':
      return { text: task.steps > 0 ? `running · step ${task.steps}` : 'running', tone: 'busy' };
    case 'waitingForApproval':
      return { text: 'needs your approval', tone: 'asks' };
    case 'waitingForUser':
      return { text: 'asks you', tone: 'asks' };
    case 'readyForReview':
      return { text: 'ready for review', tone: 'good' };
    case 'validating':
      return { text: 'validating', tone: 'busy' };
    case 'merging':
      return { text: 'merging', tone: 'busy' };
    case 'conflict':
      return { text: 'conflict', tone: 'bad' };
    case 'failed':
      return { text: 'failed', tone: 'bad' };
    case 'merged':
      return { text: 'merged', tone: 'good' };
    default:
      return { text: task.state, tone: 'calm' };
  }
}

export interface Action {
  readonly command: PanelCommand;
  readonly label: string;
  /** The one most people want now. */
  readonly primary?: boolean;
}

/** The buttons that fit a task's state, the likeliest first. */
export function actionsOf(task: AgentTask): readonly Action[] {
  const hasWork = task.changes.files > 0;
  switch (task.state) {
    case 'queued':
    case 'preparing':
    case 'running':
    case 'waitingForApproval':
    case 'waitingForUser':
      return [...(hasWork ? [review()] : []), { command: 'stop', label: 'Stop' }];
    case 'readyForReview':
      return [{ ...review(), primary: true }, { command: 'accept', label: 'Accept' }, discard];
    case 'conflict':
      return [{ command: 'resolve', label: 'Resolve', primary: true }, review(), { command: 'accept', label: 'Accept again' }, discard];
    case 'failed':
    case 'stopped':
      return [{ command: 'resume', label: 'Resume', primary: true }, ...(hasWork ? [review(), { command: 'accept', label: 'Accept' } as const] : []), discard];
    case 'merged':
    case 'discarded':
      return [{ command: 'restore', label: 'Restore' }];
    default:
      return [];
  }
}

const discard: Action = { command: 'discard', label: 'Discard' };

function review(): Action {
  return { command: 'review', label: 'Review' };
}

export interface StepAction {
  readonly command: StepCommand;
  readonly label: string;
  /** Without one it is the step's commit that is shown. */
  readonly icon?: Icon;
}

/** What can be done with a step of a task as it is now. */
export function stepActionsOf(task: AgentTask, step: TaskStep): readonly StepAction[] {
  // Only steps that changed files are places to look at, to go back to or to go on from.
  if (step.commit === undefined) return [];
  return [
    { command: 'reviewStep', label: 'Show what this step changed' },
    ...(canRollBack(task) ? [{ command: 'rollback', label: 'Roll back to this step', icon: 'rollBack' } as const] : []),
    ...(canFork(task) ? [{ command: 'fork', label: 'Fork from this step', icon: 'fork' } as const] : []),
  ];
}

/** Whether a message can be sent to the task now. */
export function takesMessages(task: AgentTask): boolean {
  return !['merged', 'discarded', 'merging', 'validating'].includes(task.state);
}

export interface GaugeText {
  /** Share of the limit in use, 0 to 100. */
  readonly percent: number;
  /** Where the harness begins to make room, 0 to 100. */
  readonly threshold: number;
  readonly hot: boolean;
  /** Such as `≈ 6.5k / 8.2k`: the sign says that not all was counted by the provider. */
  readonly text: string;
  /** The same in words. */
  readonly label: string;
}

export function gaugeOf(budget: TaskBudget): GaugeText {
  const limit = Math.max(1, budget.maxTokens);
  const percent = Math.min(100, (budget.contextTokens / limit) * 100);
  const threshold = Math.min(100, (budget.thresholdTokens / limit) * 100);
  const hot = budget.contextTokens >= budget.thresholdTokens;
  const words = [
    `Context ${Math.round(percent)} percent full`,
    `${budget.contextTokens} of ${budget.maxTokens} tokens${budget.estimated ? ', estimated' : ''}`,
    `room is made from ${budget.thresholdTokens} on`,
  ];
  return {
    percent,
    threshold,
    hot,
    text: `${budget.estimated ? '≈ ' : ''}${tokens(budget.contextTokens)} / ${tokens(budget.maxTokens)}`,
    label: words.join('; '),
  };
}

/** 950, 6.5k, 128k, 1.2M. */
export function tokens(count: number): string {
  if (count < 1000) return `${count}`;
  if (count < 100_000) return `${(count / 1000).toFixed(1).replace(/\.0$/, '')}k`;
  if (count < 1_000_000) return `${Math.round(count / 1000)}k`;
  return `${(count / 1_000_000).toFixed(1).replace(/\.0$/, '')}M`;
}

/** 38 ms, 2.4 s, 1 m 52 s, 2 h 5 m. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} m`;
}

/** How long a task has worked; null before it began. @param now milliseconds since 1970. */
export function worked(task: AgentTask, now: number): number | null {
  if (task.startedAt === undefined) return null;
  const end = task.endedAt === undefined ? now : Date.parse(task.endedAt);
  return Math.max(0, end - Date.parse(task.startedAt));
}
