import { fromHex } from "../protocol/bytes.js";
import { type DigestStrand, type DigestTask, setDigest, stateDigest } from "../protocol/digests.js";
import type { Blake3 } from "../protocol/hash.js";
import { dayOf } from "../protocol/membership.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import type { ConsensusTracker } from "./consensus-tracker.js";
import type { RecordSet } from "./record-set.js";
import { TASK_STATUSES } from "./views.js";

export interface DigestInput {
  readonly blake3: Blake3;
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
  readonly identity: NetworkIdentity;
  /** Strands held, 6 hex digits each; any order. */
  readonly strands: readonly string[];
  /** T, unix seconds: a multiple of 60, of a day whose horizon is still held. */
  readonly atSeconds: number;
}

/**
 * The state digest at T (protocol.md, "Meaning"): nodes that hold the same strands and records say the same 32 bytes.
 * A strand's tasks are those whose announcement is a member of it in the horizon of T, void or not; a task whose
 * announcement isn't held has no meaning yet and is no part. Undefined while one of them is stale: load it first.
 */
export function stateDigestAt({
  blake3,
  set,
  tracker,
  identity,
  strands,
  atSeconds,
}: DigestInput): Uint8Array | undefined {
  const fromDay = dayOf(atSeconds) - identity.rules.horizonDays;
  const parts: DigestStrand[] = [];
  for (const strand of new Set(strands)) {
    const bytes = fromHex(strand, 3);
    if (bytes === undefined) return undefined;
    const ids = set.ids(strand, fromDay);
    const announced = ids.filter((id) => set.entry(id)?.taskId === id);
    tracker.foldAll(announced);
    const tasks: DigestTask[] = [];
    for (const id of announced) {
      const task = tracker.isStale(id) ? undefined : digestTask(tracker, id, atSeconds);
      if (task === undefined) return undefined;
      tasks.push(task);
    }
    parts.push({ strand: bytes, set: setDigest(blake3, ids), tasks });
  }
  return stateDigest(blake3, identity.genesis, identity.rulesDigest, atSeconds, parts);
}

function digestTask(tracker: ConsensusTracker, taskId: string, atSeconds: number): DigestTask | undefined {
  const view = tracker.view(taskId, atSeconds);
  if (view === undefined) return undefined;
  const certified = new Map(tracker.certified(taskId).verdicts.map(({ submissionId, value }) => [submissionId, value]));
  return {
    id: taskId,
    status: TASK_STATUSES.indexOf(view.status),
    submissions: view.submissions.map(({ id, verdict }) => ({
      id,
      n: verdict.n,
      sum: BigInt(verdict.sum),
      sumOfSquares: BigInt(verdict.sumOfSquares),
      weightSum: BigInt(verdict.weightSum),
      weightedSum: BigInt(verdict.weightedSum),
      reached: verdict.reached,
      certified: certified.get(id),
    })),
    voidAuthors: view.voidAuthors.map(({ author }) => author),
  };
}
