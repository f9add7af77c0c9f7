import type { Context } from "../context.js";
import { type ConsensusTracker, decodeCheckpoint, memberRows } from "../fold/index.js";
import type { RecordSet } from "../set/index.js";
import type { StoreWrite } from "../writes.js";
import { UnsavedTasks } from "./unsaved-tasks.js";

/**
 * A task is written when it did not change for one to two of these intervals. The records of a task mostly come close
 * together, and each checkpoint has all of them.
 */
const QUIET_MS = 30_000;
/** Records encoded in a tick: a millisecond or two. */
const RECORDS_PER_TICK = 2048;
/** Records encoded at a stop: some ten milliseconds. */
const RECORDS_AT_STOP = 65_536;

const EMPTY = new Uint8Array(0);

/** Why a stored checkpoint was not used. */
export type CheckpointRefusal = "damaged" | "conflicting";

export interface CheckpointPorts {
  readonly context: Context;
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
}

/** Writes the checkpoints of tasks, and takes them at a start. */
export class TaskCheckpoints {
  readonly #ports: CheckpointPorts;
  readonly #unsaved = new UnsavedTasks();
  /** Tasks restored from checkpoints, until {@link restored}. */
  #restored: string[] = [];
  #rotatedMs: number;

  constructor(ports: CheckpointPorts) {
    this.#ports = ports;
    this.#rotatedMs = ports.context.nowMs;
  }

  /** Tasks whose checkpoint is not current. */
  get unsaved(): number {
    return this.#unsaved.size;
  }

  /** A member of the task joined or left, in this step. */
  changed(taskId: string): void {
    if (this.#unsaved.changed(taskId)) this.#ports.context.out.write({ kind: "put_checkpoint", taskId, bytes: EMPTY });
  }

  /** The last member of the task left, in this step. */
  gone(taskId: string): void {
    this.#unsaved.drop(taskId);
    this.#ports.context.out.write({ kind: "drop_checkpoint", taskId });
  }

  tick(): void {
    const { context } = this.#ports;
    if (Math.abs(context.nowMs - this.#rotatedMs) >= QUIET_MS) {
      this.#rotatedMs = context.nowMs;
      this.#unsaved.rotate();
    }
    for (const write of this.#take(RECORDS_PER_TICK)) context.out.write(write);
  }

  /** Checkpoints for the end of the process, of many tasks that changed. */
  lastWrites(): StoreWrite[] {
    this.#unsaved.rotate();
    return this.#take(RECORDS_AT_STOP);
  }

  /** Takes a stored checkpoint. The records of a refused one are read instead. */
  restore(taskId: string, bytes: Uint8Array): CheckpointRefusal | undefined {
    const { context, set, tracker } = this.#ports;
    const { blake3, identity } = context;
    const checkpoint = decodeCheckpoint(blake3, taskId, bytes);
    if (checkpoint === undefined) return "damaged";
    let allTaken = true;
    for (const row of memberRows(checkpoint, identity.rules)) {
      allTaken = set.restoreRow(row, checkpoint.task) && allTaken;
    }
    if (!allTaken || !tracker.packed.restore(checkpoint)) return "conflicting";
    this.#restored.push(taskId);
    return undefined;
  }

  /** The records of the task were read at the start: it has no current checkpoint. */
  read(taskId: string): void {
    this.#unsaved.changed(taskId);
  }

  /** Ends the start. Returns the tasks of {@link restore}. */
  restored(): readonly string[] {
    const { set, tracker } = this.#ports;
    const restored = this.#restored;
    this.#restored = [];
    for (const taskId of set.equivocatedTasks()) tracker.packed.forgetSummary(taskId);
    return restored;
  }

  #take(recordsMax: number): StoreWrite[] {
    const { tracker } = this.#ports;
    const writes: StoreWrite[] = [];
    for (let records = 0; records < recordsMax; ) {
      const taskId = this.#unsaved.take();
      if (taskId === undefined) break;
      const bytes = tracker.packed.checkpoint(taskId);
      records += tracker.recordCount(taskId);
      if (bytes !== undefined) writes.push({ kind: "put_checkpoint", taskId, bytes });
    }
    return writes;
  }
}
