import type { TaskStep } from '../../protocol.generated';
import { stateOf } from './card';
import type { PanelTask, ToPanel } from './messages';

/** What the panel remembers across a reload of its window: what somebody was typing, and what was unfolded. */
export interface Kept {
  readonly draft: string;
  readonly base: string;
  readonly model: string;
  /** Where new tasks go, where there are several; empty: to the first. */
  readonly repository: string;
  /** Null: nobody said; as the settings have it. */
  readonly includeUncommitted: boolean | null;
  readonly unfolded: readonly string[];
}

export const nothingKept: Kept = { draft: '', base: '', model: '', repository: '', includeUncommitted: null, unfolded: [] };

/** What the panel shows: a fold of what the extension tells. */
export interface PanelState {
  readonly connection: 'none' | 'starting' | 'connected' | 'failed';
  /** What is wrong; with several repositories some may work all the same. */
  readonly reason: string;
  /** Names to choose from, where there are several. */
  readonly repositories: readonly string[];
  /** Newest first. */
  readonly tasks: readonly PanelTask[];
  readonly steps: ReadonlyMap<string, readonly TaskStep[]>;
  /** What the settings say of new tasks. */
  readonly defaults: { readonly model: string; readonly includeUncommitted: boolean };
  /** A request of the composer is under way. */
  readonly creating: boolean;
  readonly createError: string;
  /** What a screen reader says, when it has nothing else to say: which task came to which state. */
  readonly announcement: string;
}

export const nothing: PanelState = { connection: 'starting', reason: '', repositories: [], tasks: [], steps: new Map(), defaults: { model: '', includeUncommitted: false }, creating: false, createError: '', announcement: '' };

export function told(state: PanelState, message: ToPanel): PanelState {
  switch (message.type) {
    case 'connection':
      return { ...state, connection: message.kind, reason: message.reason, repositories: message.repositories };
    case 'tasks':
      return { ...state, tasks: message.tasks };
    case 'changed': {
      const { task } = message;
      const known = state.tasks.find(({ id }) => id === task.id);
      const tasks = known === undefined ? [...state.tasks, task].sort(newestFirst) : state.tasks.map(other => (other === known ? task : other));
      return { ...state, tasks, ...(known?.state === task.state || passing.includes(task.state) ? {} : { announcement: `${task.title}: ${stateOf(task, 0).text.split(' · ', 1)[0]}` }) };
    }
    case 'steps':
      return { ...state, steps: new Map(state.steps).set(message.id, message.steps) };
    case 'defaults':
      return { ...state, defaults: message };
    case 'created':
      return { ...state, creating: false, createError: message.error ?? '' };
  }
}

/** States that a task is in for a moment only. */
const passing: readonly string[] = ['queued', 'preparing', 'validating', 'merging'];

/** The order in which the coordinator's tasks are shown; it does not change while they work. */
function newestFirst(left: PanelTask, right: PanelTask): number {
  return right.createdAt.localeCompare(left.createdAt) || right.id.localeCompare(left.id);
}

/** What is over comes last, however new it is, so that it never pushes away what is under way. */
export function inSight(tasks: readonly PanelTask[]): { readonly unfinished: readonly PanelTask[]; readonly finished: readonly PanelTask[] } {
  const over = (task: PanelTask): boolean => task.state === 'merged' || task.state === 'discarded';
  return { unfinished: tasks.filter(task => !over(task)), finished: tasks.filter(over) };
}

export interface Counts {
  readonly running: number;
  readonly waiting: number;
  readonly ready: number;
  readonly costUsd: number | null;
}

export function count(tasks: readonly PanelTask[]): Counts {
  const costs = tasks.map(task => task.budget.costUsd).filter(cost => cost !== undefined);
  return {
    running: tasks.filter(task => task.state === 'running' || task.state === 'preparing').length,
    waiting: tasks.filter(task => task.state === 'waitingForApproval' || task.state === 'waitingForUser').length,
    ready: tasks.filter(task => task.state === 'readyForReview').length,
    costUsd: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
  };
}

/** Places in the queue of each repository, from 1: the oldest queued task is next. */
export function queuePlaces(tasks: readonly PanelTask[]): ReadonlyMap<string, number> {
  const before = new Map<string | undefined, number>();
  const places = new Map<string, number>();
  for (const task of tasks.filter(task => task.state === 'queued').reverse()) {
    const place = (before.get(task.repository) ?? 0) + 1;
    before.set(task.repository, place);
    places.set(task.id, place);
  }

  return places;
}
