// Generated from the C# records of Agent.Ide.Protocol; a test fails when it is stale. Do not edit:
// AGENT_IDE_UPDATE_GENERATED=1 dotnet test tests/Agent.Ide.Protocol.Tests --filter TypeScript

export const protocolVersion = 1;

export const maxMessageBytes = 16777216;

export const methods = {
  attach: 'agent/attach',
  create: 'agent/task/create',
  list: 'agent/task/list',
  get: 'agent/task/get',
  stop: 'agent/task/stop',
  resume: 'agent/task/resume',
  discard: 'agent/task/discard',
  restore: 'agent/task/restore',
  message: 'agent/task/message',
  rollback: 'agent/task/rollback',
  fork: 'agent/task/fork',
  resumeCommit: 'agent/task/resumeCommit',
  diff: 'agent/task/diff',
  patch: 'agent/task/patch',
  accept: 'agent/task/accept',
  taskConflicts: 'agent/task/conflicts',
  conflictTexts: 'agent/task/conflict',
  conflicts: 'agent/conflicts',
  content: 'agent/content',
  respondApproval: 'agent/approval/respond',
  approvals: 'agent/approvals',
  revokeApprovals: 'agent/approvals/revoke',
  doctor: 'agent/doctor',
  trust: 'agent/trust',
  worktrees: 'agent/worktrees',
  pruneWorktrees: 'agent/worktrees/prune',
  coordinatorStatus: 'agent/coordinator/status',
  coordinatorStop: 'agent/coordinator/stop',
  editorModels: 'agent/model/list',
  editorChat: 'agent/model/chat',
  taskChanged: 'agent/task/changed',
  stepAppended: 'agent/task/stepAppended',
  approvalRequested: 'agent/approval/requested',
  conflictsChanged: 'agent/conflicts/changed',
} as const;

export interface AcceptParams {
  readonly id: string;
  readonly expectedHead: string;
  readonly strategy?: string;
  readonly files?: readonly string[];
  readonly skipValidation?: boolean;
  readonly ontoCurrent?: boolean;
  readonly hunks?: readonly HunkChoice[];
  readonly expectedBase?: string;
  readonly resolutions?: readonly Resolution[];
  readonly expectedTarget?: string;
}

export interface AcceptResult {
  readonly task: AgentTask;
  readonly commit?: string;
  readonly conflicts: readonly FileConflict[];
}

export interface AgentError {
  readonly code: string;
  readonly hint?: string;
  readonly exitCode: number;
}

export interface AgentTask {
  readonly id: string;
  readonly title: string;
  readonly prompt: string;
  readonly state: string;
  readonly branch: string;
  readonly worktree: string;
  readonly base: TaskBase;
  readonly head: string;
  readonly model?: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly steps: number;
  readonly activity?: string;
  readonly changes: TaskChanges;
  readonly budget: TaskBudget;
  readonly approvals: readonly TaskApproval[];
  readonly question?: string;
  readonly plan: readonly PlanItemState[];
  readonly conflictsWith: readonly string[];
  readonly dependsOn: readonly string[];
  readonly parent?: string;
  readonly parentStep?: number;
  readonly validation?: TaskValidation;
  readonly summary?: string;
  readonly error?: TaskFailure;
  readonly acceptedCommit?: string;
  readonly restorableUntil?: string;
  readonly removalNotices: readonly string[];
  readonly notices: readonly string[];
}

export interface ApprovalRequestedParams {
  readonly id: string;
  readonly call: string;
  readonly tool: string;
  readonly summary: string;
  readonly arguments: string;
}

export interface ApprovalResponseParams {
  readonly id: string;
  readonly call: string;
  readonly decision: string;
}

export interface AttachParams {
  readonly protocolVersion: number;
  readonly checkout: string;
  readonly fromSeq?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface AttachResult {
  readonly tasks: readonly AgentTask[];
  readonly seq: number;
  readonly version: string;
  readonly notices: readonly string[];
}

export interface ConflictPair {
  readonly left: string;
  readonly right: string;
  readonly files: readonly FileConflict[];
}

export interface ConflictTextsParams {
  readonly id: string;
  readonly target: string;
  readonly targetCommit: string;
  readonly path: string;
  readonly files?: readonly string[];
  readonly hunks?: readonly HunkChoice[];
}

export interface ConflictTextsResult {
  readonly base: string;
  readonly target: string;
  readonly task: string;
  readonly draft: string;
}

export interface ConflictedFile {
  readonly path: string;
  readonly kind: string;
  readonly choice: string;
  readonly ranges: readonly LineRange[];
}

export interface ConflictsResult {
  readonly pairs: readonly ConflictPair[];
}

export interface ContentParams {
  readonly commit: string;
  readonly path: string;
}

export interface ContentResult {
  readonly text?: string;
  readonly binary: boolean;
}

export interface CoordinatorStatus {
  readonly pid: number;
  readonly version: string;
  readonly startedAt: string;
  readonly commonDirectory: string;
  readonly clients: number;
  readonly runningTasks: number;
  readonly queuedTasks: number;
  readonly tasks: number;
  readonly sandboxed: boolean;
  readonly logFile: string;
}

export interface CreateTaskParams {
  readonly prompt: string;
  readonly title?: string;
  readonly base?: string;
  readonly includeUncommitted?: boolean;
  readonly selection?: TaskSelection;
  readonly model?: string;
  readonly dependsOn?: readonly string[];
  readonly accept?: boolean;
  readonly unattended?: boolean;
  readonly network?: string;
  readonly allowNetwork?: boolean;
}

export interface Diagnostic {
  readonly range: TextRange;
  readonly message: string;
  readonly severity?: number;
  readonly source?: string;
}

export interface DiffHunk {
  readonly index: number;
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly additions: number;
  readonly deletions: number;
  readonly lines?: LineRange;
  readonly text?: string;
}

export interface DiffParams {
  readonly id: string;
  readonly fromStep?: number;
  readonly toStep?: number;
}

export interface DiffResult {
  readonly baseCommit: string;
  readonly headCommit: string;
  readonly files: readonly FileDiff[];
}

export interface DiscardParams {
  readonly id: string;
  readonly force?: boolean;
}

export interface DoctorResult {
  readonly checks: readonly SetupCheck[];
}

export interface EditorModel {
  readonly id: string;
  readonly name: string;
  readonly maxInputTokens?: number;
}

export interface EditorModelsResult {
  readonly models: readonly EditorModel[];
}

export interface EmptyParams {
}

export interface EmptyResult {
}

export interface FileConflict {
  readonly path: string;
  readonly kind: string;
  readonly ranges: readonly LineRange[];
}

export interface FileDiff {
  readonly path: string;
  readonly oldPath?: string;
  readonly status: string;
  readonly additions: number;
  readonly deletions: number;
  readonly binary: boolean;
  readonly hunks: readonly DiffHunk[];
  readonly oldMode?: string;
  readonly newMode?: string;
}

export interface ForkParams {
  readonly id: string;
  readonly step: number;
  readonly prompt?: string;
}

export interface HunkChoice {
  readonly path: string;
  readonly index: number;
}

export interface LeftWorktree {
  readonly path: string;
  readonly reason: string;
  readonly id?: string;
  readonly failed: boolean;
}

export interface LineComment {
  readonly path: string;
  readonly line: number;
  readonly text: string;
  readonly content?: string;
}

export interface LineRange {
  readonly start: number;
  readonly end: number;
}

export interface MessageParams {
  readonly id: string;
  readonly text: string;
  readonly comments?: readonly LineComment[];
}

export interface ModelAnswerPart {
  readonly text: string;
}

export interface ModelCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}

export interface ModelChatParams {
  readonly model: string;
  readonly messages: readonly ModelMessage[];
  readonly tools?: readonly ModelTool[];
  readonly partialResultToken?: string;
}

export interface ModelChatResult {
  readonly text: string;
  readonly calls: readonly ModelCall[];
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

export interface ModelMessage {
  readonly role: string;
  readonly text: string;
  readonly calls?: readonly ModelCall[];
  readonly callId?: string;
}

export interface ModelProgressParams {
  readonly token: unknown;
  readonly value?: ModelAnswerPart;
}

export interface ModelTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: unknown;
}

export interface PatchParams {
  readonly id: string;
  readonly fromStep?: number;
  readonly toStep?: number;
  readonly stat?: boolean;
}

export interface PatchResult {
  readonly text: string;
  readonly truncated: boolean;
}

export interface PlanItemState {
  readonly text: string;
  readonly status: string;
}

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface PruneParams {
  readonly dryRun?: boolean;
  readonly path?: string;
  readonly force?: boolean;
  readonly refsOnly?: boolean;
}

export interface PruneResult {
  readonly removed: readonly PrunedWorktree[];
  readonly left: readonly LeftWorktree[];
  readonly refs: readonly string[];
}

export interface PrunedWorktree {
  readonly path: string;
  readonly keptRef?: string;
  readonly id?: string;
  readonly notKept: readonly string[];
}

export interface Resolution {
  readonly path: string;
  readonly text?: string;
  readonly take?: string;
  readonly mustDecide: boolean;
}

export interface ResumeCommitParams {
  readonly commit: string;
}

export interface RevokeApprovalsParams {
  readonly numbers?: readonly number[];
}

export interface RollbackParams {
  readonly id: string;
  readonly step: number;
}

export interface SetupCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly fix?: string;
}

export interface StandingApproval {
  readonly number: number;
  readonly tool: string;
  readonly summary: string;
  readonly arguments: string;
  readonly unsandboxed: boolean;
  readonly allowedAt: string;
  readonly task: string;
}

export interface StandingApprovalsResult {
  readonly approvals: readonly StandingApproval[];
  readonly problem?: string;
}

export interface StepAppendedParams {
  readonly id: string;
  readonly step: TaskStep;
  readonly seq: number;
}

export interface StepApproval {
  readonly by: string;
  readonly summary: string;
}

export interface StepTokens {
  readonly context: number;
  readonly input: number;
  readonly output: number;
}

export interface TaskApproval {
  readonly call: string;
  readonly tool: string;
  readonly summary: string;
  readonly arguments: string;
  readonly reason: string;
}

export interface TaskBase {
  readonly ref: string;
  readonly commit: string;
}

export interface TaskBudget {
  readonly maxTokens: number;
  readonly thresholdTokens: number;
  readonly contextTokens: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly delegatedTokens: number;
  readonly savedTokens: number;
  readonly costUsd?: number;
  readonly estimated: boolean;
}

export interface TaskChangedParams {
  readonly task: AgentTask;
  readonly seq: number;
}

export interface TaskChanges {
  readonly files: number;
  readonly additions: number;
  readonly deletions: number;
}

export interface TaskConflictsParams {
  readonly id: string;
  readonly files?: readonly string[];
  readonly hunks?: readonly HunkChoice[];
  readonly ontoCurrent?: boolean;
}

export interface TaskConflictsResult {
  readonly target: string;
  readonly targetCommit: string;
  readonly headCommit: string;
  readonly files: readonly ConflictedFile[];
}

export interface TaskDetails {
  readonly task: AgentTask;
  readonly steps: readonly TaskStep[];
}

export interface TaskFailure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly exitCode: number;
}

export interface TaskIdParams {
  readonly id: string;
}

export interface TaskListResult {
  readonly tasks: readonly AgentTask[];
  readonly seq: number;
}

export interface TaskSelection {
  readonly textDocument: TextDocumentIdentifier;
  readonly range: TextRange;
  readonly text?: string;
  readonly languageId?: string;
  readonly diagnostics?: readonly Diagnostic[];
}

export interface TaskStep {
  readonly number: number;
  readonly tool: string;
  readonly version: number;
  readonly arguments: string;
  readonly summary: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly commit?: string;
  readonly files: readonly string[];
  readonly tokens: StepTokens;
  readonly error?: string;
  readonly approval?: StepApproval;
}

export interface TaskValidation {
  readonly state: string;
  readonly command: string;
  readonly exitCode?: number;
  readonly log?: string;
}

export interface TaskWorktree {
  readonly id?: string;
  readonly path: string;
  readonly branch?: string;
  readonly state: string;
  readonly changedAt?: string;
  readonly bytes?: number;
  readonly bytesAreMore: boolean;
  readonly reason?: string;
}

export interface TextDocumentIdentifier {
  readonly uri: string;
}

export interface TextRange {
  readonly start: Position;
  readonly end: Position;
}

export interface TrustEntry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

export interface TrustParams {
  readonly accept: boolean;
}

export interface TrustResult {
  readonly file?: string;
  readonly trusted: boolean;
  readonly entries: readonly TrustEntry[];
}

export interface WorktreesResult {
  readonly worktrees: readonly TaskWorktree[];
}
