import { compareBytes, concatBytes, u16, u32, u64 } from "./bytes.js";
import { type Blake3, taggedHash } from "./hash.js";
import { hashBytes } from "./records.js";

/** H(window; count u32, ids ascending). `ids` are hex and ascending; an empty window has no state. */
export function windowState(blake3: Blake3, ids: readonly string[]): Uint8Array {
  return windowDigest(blake3, ids.length, concatBytes(ids.map(hashBytes)));
}

/** The same from the bytes of so many ids, ascending. */
export function windowDigest(blake3: Blake3, count: number, ids: Uint8Array): Uint8Array {
  return taggedHash(blake3, "window", [u32(count), ids]);
}

/** State of a day or of the root: H(window; count u32, then (number u32, state) of what is not empty, ascending). */
export function groupState(
  blake3: Blake3,
  parts: readonly { readonly number: number; readonly state: Uint8Array }[],
): Uint8Array {
  return taggedHash(blake3, "window", [
    u32(parts.length),
    ...parts.flatMap(({ number, state }) => [u32(number), state]),
  ]);
}

/** Rank of a submitter for acceptance: H(seat; task_id, submitter). The lowest stay. */
export function acceptanceRank(blake3: Blake3, taskId: string, submitter: string): Uint8Array {
  return taggedHash(blake3, "seat", [hashBytes(taskId), hashBytes(submitter)]);
}

/** Registry time of a file and of "everyone". */
export const ALWAYS = 2n ** 64n - 1n;

/** An entry of a registry or roster: an author and its weight (1..10,000). */
export interface WeightedKey {
  /** Hex. */
  readonly key: string;
  readonly weight: number;
}

export function sortKeys(entries: readonly WeightedKey[]): WeightedKey[] {
  return [...entries].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function packEntries(entries: readonly WeightedKey[]): Uint8Array {
  return concatBytes(entries.flatMap(({ key, weight }) => [hashBytes(key), u16(weight)]));
}

/** H(registry; genesis, count u32, (key, weight u16) ascending); "everyone" is 32 zeros. */
export function registryDigest(blake3: Blake3, genesis: Uint8Array, authors: readonly WeightedKey[]): Uint8Array {
  return taggedHash(blake3, "registry", [genesis, u32(authors.length), packEntries(sortKeys(authors))]);
}

/** At most `max` members: the greatest weights stay, ties to the lower key; ascending by key. */
export function trimRoster(members: readonly WeightedKey[], max: number): WeightedKey[] {
  const ranked = sortKeys(members).sort((a, b) => b.weight - a.weight);
  return sortKeys(ranked.slice(0, max));
}

/** H(roster; genesis, day u32, count u16, entries ascending). */
export function rosterDigest(
  blake3: Blake3,
  genesis: Uint8Array,
  day: number,
  members: readonly WeightedKey[],
): Uint8Array {
  return taggedHash(blake3, "roster", [genesis, u32(day), u16(members.length), packEntries(sortKeys(members))]);
}

/** One counted submission in the state digest. */
export interface DigestSubmission {
  readonly id: string;
  readonly n: number;
  readonly sum: bigint;
  readonly sumOfSquares: bigint;
  readonly weightSum: bigint;
  readonly weightedSum: bigint;
  readonly reached: boolean;
  /** Certified value, or undefined. */
  readonly certified: string | undefined;
}

/** The result of a task in the state digest. It does not depend on T. */
export interface DigestTask {
  readonly id: string;
  /** Its slot is equivocated, so nothing counts. */
  readonly equivocated: boolean;
  /** Its publisher cancelled it. */
  readonly cancelled: boolean;
  readonly hasRoster: boolean;
  /** Ascending by id. */
  readonly submissions: readonly DigestSubmission[];
  /** Ascending. */
  readonly excludedAuthors: readonly string[];
}

/** One day of a strand in the state digest. */
export interface DigestDay {
  readonly day: number;
  /** {@link dayDigest}. */
  readonly digest: Uint8Array;
}

export interface DigestStrand {
  /** 3 bytes. */
  readonly strand: Uint8Array;
  /** Ascending. */
  readonly days: readonly DigestDay[];
}

/**
 * The state digest of protocol.md ("State digest"): H(state; genesis, rules digest, T u64, strand count u16, then per
 * strand, ascending: strand 3, day count u16, per day: day u32, digest 32).
 */
export function stateDigest(
  blake3: Blake3,
  genesis: Uint8Array,
  rules: Uint8Array,
  atSeconds: number,
  strands: readonly DigestStrand[],
): Uint8Array {
  const fields = [genesis, rules, u64(atSeconds), u16(strands.length)];
  for (const { strand, days } of [...strands].sort((a, b) => compareBytes(a.strand, b.strand))) {
    fields.push(strand, u16(days.length));
    for (const { day, digest } of days) fields.push(u32(day), digest);
  }
  return taggedHash(blake3, "state", fields);
}

/**
 * H(day; state of the day 32, task count u32, task digest 32 each). `tasks`: the {@link taskDigest}s of the tasks that
 * were announced on the day, ascending by task id.
 */
export function dayDigest(blake3: Blake3, state: Uint8Array, tasks: Uint8Array): Uint8Array {
  return taggedHash(blake3, "day", [state, u32(tasks.length / 32), tasks]);
}

/**
 * H(task; task_id 32, flags u8, submission count u16, each: id 32, n u32, S u64, Q u64, sum w u64, sum w*x u64, reached
 * u8, certified value 32 or zeros; count u16 of excluded authors, keys 32).
 */
export function taskDigest(blake3: Blake3, task: DigestTask): Uint8Array {
  const { submissions, excludedAuthors } = task;
  const flags = (task.equivocated ? 1 : 0) | (task.cancelled ? 2 : 0) | (task.hasRoster ? 4 : 0);
  const fields = [hashBytes(task.id), Uint8Array.of(flags), u16(submissions.length)];
  for (const submission of submissions) {
    fields.push(hashBytes(submission.id), u32(submission.n), u64(submission.sum), u64(submission.sumOfSquares));
    fields.push(u64(submission.weightSum), u64(submission.weightedSum), Uint8Array.of(submission.reached ? 1 : 0));
    fields.push(submission.certified === undefined ? new Uint8Array(32) : hashBytes(submission.certified));
  }
  fields.push(u16(excludedAuthors.length), ...excludedAuthors.map(hashBytes));
  return taggedHash(blake3, "task", fields);
}
