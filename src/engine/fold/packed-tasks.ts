import { equalBytes } from "../../protocol/bytes.js";
import type { TaskRecord } from "../set/index.js";
import type { CertificateBook } from "./certified.js";
import type { TaskCheckpoint } from "./checkpoint-codec.js";
import type { LiveTasks } from "./live-tasks.js";
import type { TaskDigests } from "./task-digests.js";
import type { TaskEnds } from "./task-ends.js";
import type { TaskAnnouncement } from "./task-fold.js";
import type { SharedContext } from "./task-state.js";
import type { StatusFacts } from "./task-status.js";

/** What the status of a task depends on, and its announcement. */
export interface PackedSummary {
  readonly facts: StatusFacts;
  readonly announcement: TaskAnnouncement | undefined;
}

interface PackedTasksPorts {
  readonly live: LiveTasks;
  readonly ends: TaskEnds;
  readonly tracker: { readonly certificates: CertificateBook; readonly digests: TaskDigests };
  /** The present context. */
  readonly base: () => SharedContext;
}

/** The packed form of live tasks: makes and takes their checkpoints, and reads them without unpacking. */
export class PackedTasks {
  readonly #ports: PackedTasksPorts;

  constructor(ports: PackedTasksPorts) {
    this.#ports = ports;
  }

  /**
   * Packs a task and encodes its checkpoint. Undefined: it has none, because it is not in memory, too large, or has a
   * certificate.
   */
  checkpoint(taskId: string): Uint8Array | undefined {
    const { live, tracker, base } = this.#ports;
    const state = live.peek(taskId);
    if (state === undefined || tracker.certificates.get(taskId) !== undefined) return undefined;
    return live.checkpoint(state, base().blake3, this.#fingerprint());
  }

  /** Takes a task from a checkpoint. The set has its members. False: the task is held already. */
  restore(checkpoint: TaskCheckpoint): boolean {
    const { live, ends, tracker, base } = this.#ports;
    const { taskId, weights } = checkpoint;
    if (live.has(taskId)) return false;
    ends.note(live.restore(checkpoint, base(), equalBytes(weights, this.#fingerprint())));
    tracker.digests.touch(taskId);
    return true;
  }

  /** The summary of a packed task; undefined: only a fold shows it. */
  summary(taskId: string): PackedSummary | undefined {
    const { live, tracker } = this.#ports;
    const state = live.peek(taskId);
    const facts = tracker.certificates.get(taskId) === undefined ? state?.summary() : undefined;
    return state === undefined || facts === undefined ? undefined : { facts, announcement: state.announcement };
  }

  /** Records of a task, at least those with a body; those of a packed task are not unpacked. */
  withBodies(taskId: string): Iterable<TaskRecord> {
    return this.#ports.live.peek(taskId)?.withBodies() ?? [];
  }

  /** Ids of the records of a live task, which stays packed. */
  recordIds(taskId: string): string[] {
    return this.#ports.live.peek(taskId)?.recordIds() ?? [];
  }

  /** Takes a live task out of memory. Its digest stays: only a check of a whole database forgets tasks so. */
  forget(taskId: string): void {
    const { live, ends, tracker } = this.#ports;
    const state = live.peek(taskId);
    for (const id of tracker.certificates.ids(taskId)) tracker.certificates.remove(taskId, id);
    if (state === undefined) return;
    ends.remove(state);
    live.drop(state);
    state.release();
  }

  /** Records of other tasks share slots with those of the task: its summary may be wrong. */
  forgetSummary(taskId: string): void {
    this.#ports.live.peek(taskId)?.touch();
  }

  #fingerprint(): Uint8Array {
    const { blake3, weights } = this.#ports.base();
    return weights.fingerprint(blake3);
  }
}
