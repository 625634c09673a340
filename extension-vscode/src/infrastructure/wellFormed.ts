import type { StepAppendedParams, TaskChangedParams } from '../protocol.generated';

// A message that does not fit is dropped and logged: one that was folded would spoil all that is shown.

type Kind = 'string' | 'number' | 'object' | 'array';

const task: Readonly<Record<string, Kind>> = {
  id: 'string', title: 'string', prompt: 'string', state: 'string', branch: 'string', worktree: 'string', head: 'string', createdAt: 'string', steps: 'number',
  base: 'object', changes: 'object', budget: 'object', approvals: 'array', conflictsWith: 'array', dependsOn: 'array', notices: 'array', removalNotices: 'array',
};
const step: Readonly<Record<string, Kind>> = { number: 'number', tool: 'string', summary: 'string', durationMs: 'number', files: 'array' };

export function isTaskChanged(params: unknown): params is TaskChangedParams {
  return fits(params, { task: 'object', seq: 'number' }) && fits(params['task'], task);
}

export function isStepAppended(params: unknown): params is StepAppendedParams {
  return fits(params, { id: 'string', step: 'object', seq: 'number' }) && fits(params['step'], step);
}

function fits(value: unknown, shape: Readonly<Record<string, Kind>>): value is Readonly<Record<string, unknown>> {
  if (kindOf(value) !== 'object') return false;
  const members = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([name, kind]) => kindOf(members[name]) === kind);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}
