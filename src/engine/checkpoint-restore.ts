import type { CheckpointRefusal } from "./checkpoints/index.js";
import type { EngineCore } from "./core.js";
import { LARGE_WINDOW } from "./intake/index.js";
import { finishCheckpoints } from "./restored-tasks.js";
import type { MemberEntry, WindowState } from "./writes.js";

/** What a start by checkpoints, and the later read of all records, need of the engine. */
export class CheckpointRestore {
  readonly #core: EngineCore;

  constructor(core: EngineCore) {
    this.#core = core;
  }

  /** Makes room for so many members, before the first checkpoint. */
  reserve(members: number): void {
    this.#core.set.reserve(members);
  }

  /**
   * Restores a task from its checkpoint, before tasks whose records were read. Returns why it is refused: its records
   * have to be read then.
   */
  restore(taskId: string, bytes: Uint8Array): CheckpointRefusal | undefined {
    return this.#core.checkpoints.restore(taskId, bytes);
  }

  /** Ends the restore of tasks, after the last checkpoint and the last read task. */
  finish(): void {
    finishCheckpoints(this.#core);
  }

  /**
   * Whether the set has the members of a stored window. A large window is stored seldom, so it may have more members
   * now.
   */
  hasWindow({ strand, window, count, state }: WindowState): boolean {
    const { set } = this.#core;
    const held = set.windowCount(strand, window);
    if (held > LARGE_WINDOW) return held >= count;
    const own = set.states.window(strand, window);
    return own?.count === count && own.state === state;
  }

  /** Number of windows with a member. */
  get windowCount(): number {
    const { set } = this.#core;
    return set.strands().reduce((sum, strand) => sum + set.windows(strand).length, 0);
  }

  /** Members by this node's authors. */
  *ownMembers(): Generator<MemberEntry> {
    const { context, set } = this.#core;
    for (const author of context.authors) yield* set.entriesOf(author);
  }

  /** Every task held, ascending. */
  taskIds(): string[] {
    return this.#core.tracker.taskIds();
  }

  /** Whether a record of the task is held. */
  hasTask(taskId: string): boolean {
    return this.#core.tracker.has(taskId);
  }

  /** Members of a task, in no order; none if its records are not in memory. */
  recordIds(taskId: string): string[] {
    const { tracker } = this.#core;
    return [...tracker.packed.recordIds(taskId), ...tracker.certificates.ids(taskId)];
  }
}
