import { compareBytes, concatBytes, fromHex } from "../../protocol/bytes.js";
import { type DigestTask, setHead, stateHead, strandHead, taskFields } from "../../protocol/digests.js";
import type { Blake3Stream, StreamingBlake3 } from "../../protocol/hash.js";
import { dayOf } from "../../protocol/membership.js";
import type { NetworkIdentity } from "../../protocol/rules.js";
import type { RecordSet } from "../set/index.js";
import type { ConsensusTracker } from "./consensus-tracker.js";
import type { FoldedTask } from "./task-fold.js";
import { TASK_STATUSES } from "./views.js";

/** Records or tasks that one step handles: well under a millisecond of work. */
const STEP_ITEMS = 64;
/** Ids that one step puts into parts. */
const STEP_IDS = 4096;
/** Ids are sorted in this many parts, by their first byte, so that no step sorts all ids. */
const PARTS = 256;
const ID_BYTES = 32;

export interface DigestInput {
  readonly blake3: StreamingBlake3;
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

/** The input of the digest at one moment. */
interface Snapshot {
  readonly strands: readonly {
    readonly name: string;
    /** Of the members in the horizon, in no order. */
    readonly ids: Uint8Array;
    /** Tasks whose announcement is one of these, ascending. */
    readonly tasks: readonly FoldedTask[];
  }[];
}

/** The state digest at T at once (see {@link digestSteps}). */
export function stateDigestAt(input: DigestInput): Uint8Array | undefined {
  const steps = digestSteps(input);
  for (;;) {
    const { value, done } = steps.next();
    if (done === true) return value;
  }
}

/**
 * The state digest at T (protocol.md, "Meaning"): nodes that hold the same strands and records compute the same 32
 * bytes. A strand's tasks are those whose announcement is a member of it in the horizon of T, equivocated or not; a
 * task without an announcement is left out. Undefined while one of them is stale: load it first.
 *
 * Tasks are folded step by step first. Then one step copies the ids and a reference to the result of each task, so
 * that the digest is of one moment however long the remaining steps take.
 */
export function* digestSteps(input: DigestInput): DigestSteps {
  const { blake3, identity, atSeconds } = input;
  yield* foldSteps(input.tracker);
  const snapshot = snapshotOf(input);
  if (snapshot === undefined) return undefined;
  yield;
  const state = blake3.create();
  try {
    write(state, stateHead(identity.genesis, identity.rulesDigest, atSeconds, snapshot.strands.length));
    for (const strand of snapshot.strands) if (!(yield* strandSteps(input, strand, state))) return undefined;
    return state.digest();
  } finally {
    state.destroy();
  }
}

function* foldSteps(tracker: ConsensusTracker): Generator<undefined> {
  let some: string[] = [];
  for (const taskId of tracker.all()) {
    some.push(taskId);
    if (some.length < STEP_ITEMS) continue;
    tracker.foldAll(some);
    some = [];
    yield;
  }
  tracker.foldAll(some);
}

/** Copies the ids, and references to the results. */
function snapshotOf({ set, tracker, identity, strands, atSeconds }: DigestInput): Snapshot | undefined {
  const from = fromSeconds(identity, atSeconds);
  const tasks = new Map<string, FoldedTask[]>([...strands].sort().map((name) => [name, []]));
  for (const taskId of tracker.all()) {
    const folded = tracker.folded(taskId);
    if (folded === undefined || (folded.announcement === undefined && !folded.equivocated)) continue;
    if (tracker.isStale(taskId)) return undefined;
    if (folded.task.t0 >= from) tasks.get(folded.strand)?.push(folded);
  }
  return {
    strands: [...tasks].map(([name, some]) => ({
      name,
      ids: set.idBytes(name, from),
      tasks: some.sort((one, other) => (one.taskId < other.taskId ? -1 : 1)),
    })),
  };
}

/** False when the name of the strand is invalid. */
function* strandSteps(
  { blake3, tracker, atSeconds }: DigestInput,
  { name, ids, tasks }: Snapshot["strands"][number],
  state: Blake3Stream,
): Generator<undefined, boolean> {
  const bytes = fromHex(name, 3);
  if (bytes === undefined) return false;
  const hash = blake3.create();
  try {
    write(hash, setHead(ids.length / ID_BYTES));
    yield* sortedSteps(ids, hash);
    write(state, strandHead(bytes, hash.digest(), tasks.length));
  } finally {
    hash.destroy();
  }
  for (const [at, folded] of tasks.entries()) {
    write(state, taskFields(digestTask(tracker, folded, atSeconds)));
    if (at % STEP_ITEMS === STEP_ITEMS - 1) yield;
  }
  return true;
}

/** Adds the ids to the hash, ascending. */
function* sortedSteps(ids: Uint8Array, hash: Blake3Stream): Generator<undefined> {
  const parts: Uint8Array[][] = Array.from({ length: PARTS }, () => []);
  for (let offset = 0; offset < ids.length; offset += ID_BYTES) {
    parts[ids[offset] as number]?.push(ids.subarray(offset, offset + ID_BYTES));
    if ((offset / ID_BYTES) % STEP_IDS === STEP_IDS - 1) yield;
  }
  for (const part of parts) {
    if (part.length === 0) continue;
    hash.update(concatBytes(part.sort(compareBytes)));
    yield;
  }
}

function fromSeconds({ rules }: NetworkIdentity, atSeconds: number): number {
  return (dayOf(atSeconds) - rules.horizonDays) * 86_400;
}

function write(hash: Blake3Stream, fields: readonly Uint8Array[]): void {
  for (const field of fields) hash.update(field);
}

function digestTask(tracker: ConsensusTracker, folded: FoldedTask, atSeconds: number): DigestTask {
  const { verdicts, status } = tracker.statusOf(folded, atSeconds);
  const certified = new Map(verdicts.map(({ submissionId, value }) => [submissionId, value]));
  return {
    id: folded.taskId,
    status: TASK_STATUSES.indexOf(status),
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
  };
}
