import type { Blake3 } from "../../protocol/hash.js";
import { encodeCheckpoint, packedOf, type TaskCheckpoint } from "./checkpoint-codec.js";
import { RecordPacker } from "./packed-records.js";
import { type SharedContext, TaskState } from "./task-state.js";

/** A task with more records stays open: to unpack and fold it for each new record would take a millisecond or more. */
const PACKED_TASK_MAX = 512;

/**
 * The tasks whose records are in memory. Those of the tasks that were used last are objects; the others are packed.
 * Bounded by the tasks of the set.
 */
export class LiveTasks {
  readonly #tasks = new Map<string, TaskState>();
  /** Open tasks in the order of their last use, each with the records that are part of {@link openRecords}. */
  readonly #open = new Map<TaskState, number>();
  readonly #openRecordsMax: number;
  readonly #packer: RecordPacker;
  /** Tasks that changed without a record of their own, until {@link takeChanged}. */
  readonly #changed = new Set<TaskState>();
  #newest: TaskState | undefined;
  #openRecords = 0;

  /** `openRecordsMax`: records of open tasks, unless one task alone has more. `salt`: KEY_WORDS words. */
  constructor(openRecordsMax: number, salt: Uint32Array) {
    this.#openRecordsMax = openRecordsMax;
    this.#packer = new RecordPacker(salt);
  }

  get size(): number {
    return this.#tasks.size;
  }

  /** Records of open tasks, without those of tasks that are too large to be packed. */
  get openRecords(): number {
    return this.#openRecords;
  }

  ids(): IterableIterator<string> {
    return this.#tasks.keys();
  }

  states(): IterableIterator<TaskState> {
    return this.#tasks.values();
  }

  has(taskId: string): boolean {
    return this.#tasks.has(taskId);
  }

  /** A task of which no record is read or changed. */
  peek(taskId: string): TaskState | undefined {
    return this.#tasks.get(taskId);
  }

  /** A task whose records are read. */
  use(taskId: string): TaskState | undefined {
    const state = this.#tasks.get(taskId);
    if (state !== undefined) this.used(state);
    return state;
  }

  /** The same for each task that is held, one after the other: reading a later one may pack an earlier one. */
  *useEach(taskIds: Iterable<string>): Generator<TaskState> {
    for (const taskId of taskIds) {
      const state = this.use(taskId);
      if (state !== undefined) yield state;
    }
  }

  /** The task, new if it is not held. The caller changes it and calls {@link used}. */
  hold(taskId: string, context: SharedContext): TaskState {
    let state = this.#tasks.get(taskId);
    if (state === undefined) {
      state = new TaskState(taskId, context, this.#packer);
      this.#tasks.set(taskId, state);
    }
    return state;
  }

  /** Takes a task that is not held. `isWeighedSame`: the weights are those of the summary. */
  restore(checkpoint: TaskCheckpoint, context: SharedContext, isWeighedSame: boolean): TaskState {
    const { taskId } = checkpoint;
    const packed = packedOf(checkpoint, this.#packer);
    if (!isWeighedSame) packed.summary = 0;
    const state = TaskState.restored(taskId, context, this.#packer, packed);
    this.#tasks.set(taskId, state);
    return state;
  }

  /** Packs a task and encodes its checkpoint. Undefined: it is too large. */
  checkpoint(state: TaskState, blake3: Blake3, weights: Uint8Array): Uint8Array | undefined {
    if (state.size > PACKED_TASK_MAX) return undefined;
    // A task that was packed before it was folded has no summary.
    if (state.summary() === undefined) state.folded();
    this.#leave(state);
    return encodeCheckpoint(blake3, state.taskId, state.pack(), this.#packer, weights);
  }

  drop(state: TaskState): void {
    this.#tasks.delete(state.taskId);
    this.#changed.delete(state);
    this.#leave(state);
  }

  /** The records of a task are read, or have changed. Packs the tasks that were not used for longest. */
  used(state: TaskState): void {
    const { size } = state;
    if (size > PACKED_TASK_MAX) {
      this.#leave(state);
      return;
    }
    this.#openRecords += size - (this.#open.get(state) ?? 0);
    if (state !== this.#newest) this.#open.delete(state);
    this.#newest = state;
    this.#open.set(state, size);
    if (this.#openRecords > this.#openRecordsMax) this.#packOldest(state);
  }

  #packOldest(used: TaskState): void {
    for (const state of this.#open.keys()) {
      if (this.#openRecords <= this.#openRecordsMax || state === used) return;
      this.#leave(state);
      state.pack();
    }
  }

  /** The task changed without a record of its own. */
  changed(state: TaskState): void {
    this.#changed.add(state);
  }

  /** Takes the ids of at most `max` tasks that changed so. */
  takeChanged(max: number): string[] {
    const taken: string[] = [];
    for (const state of this.#changed) {
      if (taken.length >= max) break;
      this.#changed.delete(state);
      taken.push(state.taskId);
    }
    return taken;
  }

  #leave(state: TaskState): void {
    this.#openRecords -= this.#open.get(state) ?? 0;
    this.#open.delete(state);
    if (state === this.#newest) this.#newest = undefined;
  }
}
