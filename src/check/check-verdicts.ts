import {
  type ChainFacts,
  ConsensusTracker,
  type CountedSubmission,
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

/** The outcome of the fold. */
export interface Outcome {
  readonly tasks: number;
  readonly submissions: number;
  /** Hex, of all task types at `atSeconds`. */
  readonly digest: string | undefined;
}

/**
 * Folds the same records twice: with the kernel's batched verdicts, and validation by validation as a running node
 * does.
 */
export class VerdictCheck {
  readonly #ports: VerdictCheckPorts;
  readonly #atOnce: ConsensusTracker;
  readonly #oneByOne: ConsensusTracker;

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

  /** All records of one task. */
  add(taskId: string, records: readonly TaskRecord[]): void {
    for (const record of records) this.#atOnce.add(record);
    for (const record of records) if (record.payload.kind !== "validation") this.#oneByOne.add(record);
    // The task is folded now, so each validation updates its sums.
    this.#oneByOne.folded(taskId);
    for (const record of records) if (record.payload.kind === "validation") this.#oneByOne.add(record);
  }

  /** A certificate of one task. It is counted as it is: the node verified it under its roster before it stored it. */
  addCertificate(taskId: string, stored: Pick<StoredMember, "envelope">): void {
    const fact = readCertificate(this.#ports, stored);
    if (fact === undefined) return;
    for (const tracker of [this.#atOnce, this.#oneByOne]) tracker.addCertificate(taskId, fact);
  }

  compare(atSeconds: number, findings: Findings): Outcome {
    const taskIds = this.#atOnce.taskIds();
    this.#atOnce.foldAll(taskIds);
    let submissions = 0;
    for (const taskId of taskIds) {
      const ours = this.#atOnce.folded(taskId)?.submissions ?? [];
      submissions += ours.length;
      if (!areSame(ours, this.#oneByOne.folded(taskId)?.submissions ?? [])) findings.add("verdict_differs", taskId);
    }
    const [digest, other] = [this.#atOnce, this.#oneByOne].map((tracker) => this.#digest(tracker, atSeconds));
    if (digest !== other) findings.add("verdict_differs", "state digest");
    return { tasks: taskIds.length, submissions, digest };
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
