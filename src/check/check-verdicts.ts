import {
  areSameCheckpoints,
  type ChainFacts,
  ConsensusTracker,
  type CountedSubmission,
  digestTasks,
  type RecordSet,
  readCertificate,
  type StoredMember,
  stateDigestAt,
  type TaskRecord,
} from "../engine/index.js";
import { type Kernel, verdictsOf } from "../kernel/index.js";
import { toHex } from "../protocol/bytes.js";
import type { StreamingBlake3 } from "../protocol/hash.js";
import { TASK_TYPES } from "../protocol/records.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import { STRAND_RECORDS, strandOf } from "../protocol/strand.js";
import type { Findings } from "./check-findings.js";

export interface VerdictCheckPorts {
  readonly kernel: Pick<Kernel, "consensus">;
  readonly blake3: StreamingBlake3;
  readonly identity: NetworkIdentity;
  readonly facts: ChainFacts;
  /** Every member. */
  readonly set: RecordSet;
}

/** The records of a task as they are on the disk. */
export interface StoredTask {
  readonly taskId: string;
  readonly records: readonly TaskRecord[];
  /** Counted as they are: the node verified them under their roster before it stored them. */
  readonly certificates: readonly Pick<StoredMember, "envelope">[];
  /** Undefined or empty: the task has none. */
  readonly checkpoint: Uint8Array | undefined;
  /** Some records are damaged, so the checkpoint can't be compared with them. */
  readonly isDamaged: boolean;
}

/**
 * Folds the same records twice: with the kernel's batched verdicts, and validation by validation as a running node
 * does. Of a folded task it keeps the digest only, so that memory does not grow with the records.
 */
export class VerdictCheck {
  readonly #ports: VerdictCheckPorts;
  readonly #atOnce: ConsensusTracker;
  readonly #oneByOne: ConsensusTracker;
  /** Tasks that were folded. */
  tasks = 0;
  /** Counted submissions of these tasks. */
  submissions = 0;

  constructor(ports: VerdictCheckPorts) {
    const { kernel, blake3, identity, facts, set } = ports;
    const base = { blake3, rules: identity.rules, set };
    this.#ports = ports;
    this.#atOnce = new ConsensusTracker({
      ...base,
      verdictsOf: (submissions, rules) => verdictsOf(kernel, submissions, rules),
    });
    this.#oneByOne = new ConsensusTracker(base);
    for (const tracker of [this.#atOnce, this.#oneByOne]) tracker.setChain(facts);
  }

  /** Folds all records of some tasks. */
  take(tasks: readonly StoredTask[], findings: Findings): void {
    const { blake3 } = this.#ports;
    for (const task of tasks) this.#add(task);
    const taskIds = tasks.map(({ taskId }) => taskId);
    for (const tracker of [this.#atOnce, this.#oneByOne]) digestTasks(tracker, blake3, taskIds);
    for (const task of tasks) this.#compare(task, findings);
    for (const tracker of [this.#atOnce, this.#oneByOne]) {
      for (const taskId of taskIds) tracker.packed.forget(taskId);
      // Records that share a slot with one of an earlier task touch that task. The set was complete when it was folded.
      tracker.digests.takeChanged(Number.POSITIVE_INFINITY);
    }
  }

  #add({ taskId, records, certificates }: StoredTask): void {
    for (const record of records) this.#atOnce.add(record);
    for (const record of records) if (record.payload.kind !== "validation") this.#oneByOne.add(record);
    // The task is folded now, so each validation updates its sums.
    this.#oneByOne.folded(taskId);
    for (const record of records) if (record.payload.kind === "validation") this.#oneByOne.add(record);
    for (const certificate of certificates) {
      const fact = readCertificate(this.#ports, certificate);
      if (fact === undefined) continue;
      for (const tracker of [this.#atOnce, this.#oneByOne]) tracker.addCertificate(taskId, fact);
    }
  }

  #compare({ taskId, checkpoint, isDamaged }: StoredTask, findings: Findings): void {
    const folded = this.#atOnce.folded(taskId);
    if (folded !== undefined) this.tasks++;
    const ours = folded?.submissions ?? [];
    this.submissions += ours.length;
    if (!areSame(ours, this.#oneByOne.folded(taskId)?.submissions ?? [])) findings.add("verdict_differs", taskId);
    if (checkpoint === undefined || checkpoint.length === 0 || isDamaged) return;
    const own = this.#atOnce.packed.checkpoint(taskId);
    if (own === undefined || !areSameCheckpoints(this.#ports.blake3, taskId, own, checkpoint)) {
      findings.add("checkpoint_differs", taskId);
    }
  }

  /** The state digest of all tasks, hex; undefined if it can't be computed. */
  digest(atSeconds: number, findings: Findings): string | undefined {
    const [digest, other] = [this.#atOnce, this.#oneByOne].map((tracker) => this.#digest(tracker, atSeconds));
    if (digest !== other) findings.add("verdict_differs", "state digest");
    return digest;
  }

  #digest(tracker: ConsensusTracker, atSeconds: number): string | undefined {
    const { blake3, identity, set } = this.#ports;
    const shards = Array.from({ length: identity.rules.shards }, (_, shard) => shard);
    const strands = TASK_TYPES.flatMap((_, type) => shards.map((shard) => strandOf(type, STRAND_RECORDS, shard)));
    const digest = stateDigestAt({ blake3, identity, set, tracker, strands, atSeconds });
    return digest === undefined ? undefined : toHex(digest);
  }
}

function areSame(ours: readonly CountedSubmission[], theirs: readonly CountedSubmission[]): boolean {
  return ours.length === theirs.length && ours.every((submission, at) => isSame(submission, theirs[at]));
}

function isSame(a: CountedSubmission, b: CountedSubmission | undefined): boolean {
  return (
    a.id === b?.id &&
    a.verdict.n === b.verdict.n &&
    a.verdict.sum === b.verdict.sum &&
    a.verdict.sumOfSquares === b.verdict.sumOfSquares &&
    a.verdict.weightSum === b.verdict.weightSum &&
    a.verdict.weightedSum === b.verdict.weightedSum &&
    a.verdict.reached === b.verdict.reached
  );
}
