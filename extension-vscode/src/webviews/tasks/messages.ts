import type { AgentTask, TaskStep } from '../../protocol.generated';

/** A task as the panel knows it: its id is unique in the window. */
export interface PanelTask extends AgentTask {
  /** Its repository's name, where the window has several. */
  readonly repository?: string;
}

/** What the extension tells the panel. */
export type ToPanel =
  /** `reason` is what is wrong, if anything; `repositories` are the names to choose from where there are several. */
  | { readonly type: 'connection'; readonly kind: 'none' | 'starting' | 'connected' | 'failed'; readonly reason: string; readonly repositories: readonly string[] }
  /** All tasks, newest first; replaces what was known. */
  | { readonly type: 'tasks'; readonly tasks: readonly PanelTask[] }
  /** One task's newest state. */
  | { readonly type: 'changed'; readonly task: PanelTask }
  /** All known steps of a task. */
  | { readonly type: 'steps'; readonly id: string; readonly steps: readonly TaskStep[] }
  /** What the settings say of new tasks. */
  | { readonly type: 'defaults'; readonly model: string; readonly includeUncommitted: boolean }
  /** The composer's request was carried out (and its draft can go), or not. */
  | { readonly type: 'created'; readonly error?: string };

/** What a person did on the panel. */
export type FromPanel =
  | { readonly type: 'ready' }
  | { readonly type: 'create'; readonly prompt: string; readonly repository?: string; readonly base?: string; readonly includeUncommitted?: boolean; readonly model?: string }
  | { readonly type: 'approval'; readonly id: string; readonly call: string; readonly decision: 'allow' | 'allowAlways' | 'allowAlwaysInRepository' | 'deny' }
  | { readonly type: 'message'; readonly id: string; readonly text: string }
  | { readonly type: 'showSteps'; readonly id: string }
  | { readonly type: 'step'; readonly command: StepCommand; readonly id: string; readonly step: number }
  | { readonly type: 'command'; readonly command: PanelCommand; readonly id?: string };

export type PanelCommand = 'review' | 'accept' | 'resolve' | 'discard' | 'restore' | 'stop' | 'resume' | 'openWorktree' | 'checkSetup' | 'walkthrough';

export type StepCommand = 'reviewStep' | 'rollback' | 'fork';
