import { fromHex } from "../../protocol/bytes.js";
import { type DigestTask, setHead, stateHead, strandHead, taskFields } from "../../protocol/digests.js";
import type { Blake3Stream, StreamingBlake3 } from "../../protocol/hash.js";
import { dayOf } from "../../protocol/membership.js";
import { hashBytes } from "../../protocol/records.js";
import type { NetworkIdentity } from "../../protocol/rules.js";
import type { RecordSet } from "../set/index.js";
import type { ConsensusTracker } from "./consensus-tracker.js";
import type { FoldedTask } from "./task-fold.js";
import { TASK_STATUSES } from "./views.js";

/** Records or tasks that one step handles: well under a millisecond of work. */
const STEP_ITEMS = 64;
/** Ids are sorted in this many parts, by their first byte, so that no step sorts all ids. */
const PARTS = 256;

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

/** The input of the digest at one moment: the ids of each strand by window, and the result of each task. */
interface Snapshot {
  readonly strands: readonly { readonly name: string; readonly windows: readonly (readonly string[])[] }[];
  readonly tasks: ReadonlyMap<string, FoldedTask>;
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
 * Tasks are folded step by step first. Then one step copies references to the ids and to the result of each task, so
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
    for (const strand of snapshot.strands) if (!(yield* strandSteps(input, snapshot, strand, state))) return undefined;
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

/** Copies references only: about 20 ms for 200,000 records in 50,000 tasks. */
function snapshotOf({ set, tracker, identity, strands, atSeconds }: DigestInput): Snapshot | undefined {
  const fromWindow = Math.floor(fromSeconds(identity, atSeconds) / identity.rules.windowSeconds);
  const names = [...new Set(strands)].sort();
  const tasks = new Map<string, FoldedTask>();
  for (const taskId of tracker.all()) {
    const folded = tracker.folded(taskId);
    const isAnnounced = folded !== undefined && (folded.announcement !== undefined || folded.equivocated);
    if (isAnnounced && tracker.isStale(taskId)) return undefined;
    if (isAnnounced) tasks.set(taskId, folded);
  }
  return {
    strands: names.map((name) => ({
      name,
      windows: set
        .windows(name)
        .filter((window) => window >= fromWindow)
        .map((window) => set.windowIds(name, window)),
    })),
    tasks,
  };
}

/** False when the name of the strand is invalid. */
function* strandSteps(
  { blake3, set, tracker, identity, atSeconds }: DigestInput,
  { tasks }: Snapshot,
  { name, windows }: Snapshot["strands"][number],
  state: Blake3Stream,
): Generator<undefined, boolean> {
  const bytes = fromHex(name, 3);
  if (bytes === undefined) return false;
  const parts: string[][] = Array.from({ length: PARTS }, () => []);
  let count = 0;
  let handled = 0;
  for (const [at, ids] of windows.entries()) {
    for (const id of ids) {
      // A window of a devnet may cross midnight, so the oldest window is filtered by the day of each record.
      if (at === 0 && isTooOld(set, id, fromSeconds(identity, atSeconds))) continue;
      parts[Number.parseInt(id.slice(0, 2), 16)]?.push(id);
      count++;
    }
    handled += ids.length + 1;
    if (handled < STEP_ITEMS) continue;
    handled = 0;
    yield;
  }
  const hash = blake3.create();
  const announced: string[] = [];
  try {
    write(hash, setHead(count));
    for (const part of parts) {
      part.sort();
      for (const [at, id] of part.entries()) {
        hash.update(hashBytes(id));
        if (tasks.has(id)) announced.push(id);
        if (at % STEP_ITEMS === STEP_ITEMS - 1) yield;
      }
      if (part.length > 0) yield;
    }
    write(state, strandHead(bytes, hash.digest(), announced.length));
  } finally {
    hash.destroy();
  }
  for (const [at, id] of announced.entries()) {
    const folded = tasks.get(id);
    if (folded !== undefined) write(state, taskFields(digestTask(tracker, folded, atSeconds)));
    if (at % STEP_ITEMS === STEP_ITEMS - 1) yield;
  }
  return true;
}

function fromSeconds({ rules }: NetworkIdentity, atSeconds: number): number {
  return (dayOf(atSeconds) - rules.horizonDays) * 86_400;
}

function isTooOld(set: RecordSet, id: string, seconds: number): boolean {
  return (set.entry(id)?.timestampSeconds ?? seconds) < seconds;
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
