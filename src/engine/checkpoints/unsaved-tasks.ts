/**
 * The tasks that changed since their checkpoint was written. A task is quiet when it did not change between two calls
 * of {@link rotate}. Bounded by the tasks of the set.
 */
export class UnsavedTasks {
  #fresh = new Set<string>();
  /** Since the last rotation, the longest quiet first. */
  readonly #quiet = new Set<string>();

  get size(): number {
    return this.#fresh.size + this.#quiet.size;
  }

  /** The task changed. True: its checkpoint was current before, or it had none. */
  changed(taskId: string): boolean {
    if (this.#fresh.has(taskId)) return false;
    this.#fresh.add(taskId);
    return !this.#quiet.delete(taskId);
  }

  /** The task is gone. */
  drop(taskId: string): void {
    this.#fresh.delete(taskId);
    this.#quiet.delete(taskId);
  }

  /** Tasks that did not change since the last call are quiet now. */
  rotate(): void {
    for (const taskId of this.#fresh) this.#quiet.add(taskId);
    this.#fresh = new Set();
  }

  /** Removes and returns the task that is quiet for longest. */
  take(): string | undefined {
    const [taskId] = this.#quiet;
    if (taskId !== undefined) this.#quiet.delete(taskId);
    return taskId;
  }
}
