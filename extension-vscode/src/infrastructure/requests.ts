import { methods } from '../protocol.generated';
import type * as protocol from '../protocol.generated';

/** Every request this front end makes: its parameters and its result. */
export interface Requests {
  [methods.attach]: [protocol.AttachParams, protocol.AttachResult];
  [methods.create]: [protocol.CreateTaskParams, protocol.AgentTask];
  [methods.get]: [protocol.TaskIdParams, protocol.TaskDetails];
  [methods.stop]: [protocol.TaskIdParams, protocol.AgentTask];
  [methods.resume]: [protocol.TaskIdParams, protocol.AgentTask];
  [methods.discard]: [protocol.TaskIdParams, protocol.AgentTask];
  [methods.restore]: [protocol.TaskIdParams, protocol.AgentTask];
  [methods.message]: [protocol.MessageParams, protocol.AgentTask];
  [methods.rollback]: [protocol.RollbackParams, protocol.AgentTask];
  [methods.fork]: [protocol.ForkParams, protocol.AgentTask];
  [methods.diff]: [protocol.DiffParams, protocol.DiffResult];
  [methods.accept]: [protocol.AcceptParams, protocol.AcceptResult];
  [methods.taskConflicts]: [protocol.TaskConflictsParams, protocol.TaskConflictsResult];
  [methods.conflictTexts]: [protocol.ConflictTextsParams, protocol.ConflictTextsResult];
  [methods.content]: [protocol.ContentParams, protocol.ContentResult];
  [methods.respondApproval]: [protocol.ApprovalResponseParams, protocol.EmptyResult];
  [methods.doctor]: [protocol.EmptyParams, protocol.DoctorResult];
}

export type Method = keyof Requests;

/** A request that was understood and could not be done: a line for a person, and what to do now. */
export class RequestFailed extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly hint: string | undefined,
  ) {
    super(message);
  }

  /** Reads the coordinator's error data; anything else is told as it is. */
  static from(error: unknown): RequestFailed {
    if (error instanceof RequestFailed) return error;
    const message = error instanceof Error ? error.message : String(error);
    const data: unknown = typeof error === 'object' && error !== null && 'data' in error ? error.data : undefined;
    if (typeof data !== 'object' || data === null) return new RequestFailed(message, 'failed', undefined);
    const { code, hint } = data as { code?: unknown; hint?: unknown };
    return new RequestFailed(message, typeof code === 'string' ? code : 'failed', typeof hint === 'string' ? hint : undefined);
  }
}
