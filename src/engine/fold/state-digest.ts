import { fromHex } from "../../protocol/bytes.js";
import { stateDigest, taskDigest } from "../../protocol/digests.js";
import type { Blake3 } from "../../protocol/hash.js";
import { dayOf } from "../../protocol/membership.js";
import type { NetworkIdentity } from "../../protocol/rules.js";
import type { RecordSet } from "../set/index.js";
import type { ConsensusTracker } from "./consensus-tracker.js";
import type { TaskDigest } from "./task-digests.js";
import type { FoldedTask } from "./task-fold.js";

/** Tasks that one step handles: well under a millisecond of work. */
const STEP_TASKS = 64;
/** Rounds over what changed during the round before. What changes in the last one is few, and is handled at once. */
const ROUNDS = 2;

export interface DigestInput {
  readonly blake3: Blake3;
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
  readonly identity: NetworkIdentity;
  /** Strands held, 6 hex digits each; any order. */
  readonly strands: readonly string[];
  /** T, unix seconds: a multiple of 60, on a day whose horizon is still held. */
  readonly atSeconds: number;
}

/** Computes a digest in small steps. The result is undefined when a task has to be loaded first. */
export type DigestSteps = Generator<undefined, Uint8Array | undefined>;

/** The state digest at T at once (see {@link digestSteps}). */
export function stateDigestAt(input: DigestInput): Uint8Array | undefined {
  const steps = digestSteps(input);
  for (;;) {
    const { value, done } = steps.next();
    if (done === true) return value;
  }
}

/**
 * The state digest at T (protocol.md, "State digest"): nodes that hold the same strands and records compute the same 32
 * bytes. Undefined while a closed task is stale: load it first.
 *
 * The digests of unchanged tasks and days are kept, so the cost is that of what changed since the last digest. The
 * steps before the last one only prepare: the digest is of the moment of the last step.
 */
export function* digestSteps(input: DigestInput): DigestSteps {
  const { tracker, blake3 } = input;
  for (let round = 0; round < ROUNDS; round++) {
    for (let left = tracker.digests.changed; left > 0; left -= STEP_TASKS) {
      refreshTasks(tracker, blake3, STEP_TASKS);
      if (left > STEP_TASKS) yield;
    }
    for (const { strand, day, state } of days(input)) {
      if (!tracker.digests.isStale(strand, day, state)) continue;
      tracker.digests.ofDay(blake3, strand, day, state);
      yield;
    }
  }
  refreshTasks(tracker, blake3, Number.POSITIVE_INFINITY);
  return tracker.hasStale ? undefined : root(input);
}

function firstDay({ identity, atSeconds }: DigestInput): number {
  return dayOf(atSeconds) - identity.rules.horizonDays;
}

function* days(input: DigestInput): Generator<DayOfStrand> {
  const { set, strands } = input;
  for (const strand of strands) {
    for (const day of set.states.days(strand, firstDay(input))) {
      const held = set.states.day(strand, day);
      if (held !== undefined) yield { strand, day, state: held.state };
    }
  }
}

interface DayOfStrand {
  readonly strand: string;
  readonly day: number;
  readonly state: Uint8Array;
}

function root(input: DigestInput): Uint8Array | undefined {
  const { blake3, tracker, identity, strands, atSeconds } = input;
  const parts = new Map(strands.map((strand) => [strand, [] as { day: number; digest: Uint8Array }[]]));
  for (const { strand, day, state } of days(input)) {
    parts.get(strand)?.push({ day, digest: tracker.digests.ofDay(blake3, strand, day, state) });
  }
  tracker.digests.forgetBefore(firstDay(input));
  const named = [...parts].map(([name, some]) => ({ strand: fromHex(name, 3), days: some }));
  const read = named.flatMap(({ strand, days: some }) => (strand === undefined ? [] : [{ strand, days: some }]));
  if (read.length < named.length) return undefined;
  return stateDigest(blake3, identity.genesis, identity.rulesDigest, atSeconds, read);
}

/** Computes the digests of at most so many changed tasks. */
function refreshTasks(tracker: ConsensusTracker, blake3: Blake3, max: number): void {
  digestTasks(tracker, blake3, tracker.digests.takeChanged(max));
}

/** Computes the digests of these tasks. */
export function digestTasks(tracker: ConsensusTracker, blake3: Blake3, taskIds: readonly string[]): void {
  tracker.foldAll(taskIds);
  for (const taskId of taskIds) {
    const folded = tracker.folded(taskId);
    tracker.digests.set(taskId, folded === undefined ? undefined : digestOf(tracker, blake3, folded));
  }
}

/** Undefined: no announcement of the task is held. */
function digestOf(tracker: ConsensusTracker, blake3: Blake3, folded: FoldedTask): TaskDigest | undefined {
  if (folded.announcement === undefined && !folded.equivocated) return undefined;
  const { verdicts } = tracker.certified(folded.taskId);
  const certified = new Map(verdicts.map(({ submissionId, value }) => [submissionId, value]));
  const digest = taskDigest(blake3, {
    id: folded.taskId,
    equivocated: folded.equivocated,
    cancelled: folded.cancelled,
    hasRoster: folded.roster !== undefined,
    submissions: folded.submissions.map(({ id, verdict }) => ({
      id,
      n: verdict.n,
      sum: BigInt(verdict.sum),
      sumOfSquares: BigInt(verdict.sumOfSquares),
      weightSum: BigInt(verdict.weightSum),
      weightedSum: BigInt(verdict.weightedSum),
      reached: verdict.reached,
      certified: certified.get(id),
    })),
    excludedAuthors: folded.excludedAuthors.map(({ author }) => author),
  });
  return { strand: folded.strand, day: dayOf(folded.task.t0), digest };
}
