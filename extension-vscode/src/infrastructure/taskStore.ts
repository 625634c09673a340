import type { AgentTask, AttachResult, StepAppendedParams, TaskChangedParams, TaskStep } from '../protocol.generated';

/**
 * What is known of the tasks: a fold of what attaching returned and of the notifications since. The higher number wins, whatever
 * the order they arrive in. Knows nothing of VS Code.
 */
export class TaskStore {
  readonly #tasks = new Map<string, { task: AgentTask; seq: number }>();
  readonly #steps = new Map<string, Map<number, TaskStep>>();
  readonly #listeners = new Set<(id: string | undefined) => void>();
  #seq = 0;

  /** Number of the newest event seen; what a new connection asks to go on from. */
  get seq(): number {
    return this.#seq;
  }

  /** Newest first. */
  get tasks(): readonly AgentTask[] {
    return [...this.#tasks.values()].map(entry => entry.task).sort((left, right) => right.createdAt.localeCompare(left.createdAt) || right.id.localeCompare(left.id));
  }

  find(id: string): AgentTask | undefined {
    return this.#tasks.get(id)?.task;
  }

  steps(id: string): readonly TaskStep[] {
    return [...(this.#steps.get(id)?.values() ?? [])].sort((left, right) => left.number - right.number);
  }

  /** @param listener gets the id of the task that changed; undefined: any may have. Returns how to stop listening. */
  onChange(listener: (id: string | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  attached(result: AttachResult): void {
    this.#tasks.clear();
    for (const task of result.tasks) this.#tasks.set(task.id, { task, seq: result.seq });
    for (const id of this.#steps.keys()) if (!this.#tasks.has(id)) this.#steps.delete(id);
    this.#seq = result.seq;
    this.#tell(undefined);
  }

  changed({ task, seq }: TaskChangedParams): void {
    const known = this.#tasks.get(task.id);
    if (known !== undefined && known.seq > seq) return;
    this.#tasks.set(task.id, { task, seq });
    this.#seq = Math.max(this.#seq, seq);

    // Steps above the newest were undone by a roll back.
    const steps = this.#steps.get(task.id);
    if (steps !== undefined) for (const number of steps.keys()) if (number > task.steps) steps.delete(number);
    this.#tell(task.id);
  }

  stepAppended({ id, step, seq }: StepAppendedParams): void {
    this.#seq = Math.max(this.#seq, seq);
    this.loaded(id, [step]);
  }

  /** Steps that were asked for, of a task whose history this window has not watched. */
  loaded(id: string, steps: readonly TaskStep[]): void {
    const known = this.#steps.get(id) ?? new Map<number, TaskStep>();
    for (const step of steps) known.set(step.number, step);
    this.#steps.set(id, known);
    this.#tell(id);
  }

  #tell(id: string | undefined): void {
    for (const listener of this.#listeners) listener(id);
  }
}
