import { compareBytes, concatBytes, u16, u32, u64 } from "./bytes.js";
import { type Blake3, tag, taggedHash } from "./hash.js";
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

export interface DigestTask {
  readonly id: string;
  /** Order of reference 1.5. */
  readonly status: number;
  readonly submissions: readonly DigestSubmission[];
  readonly excludedAuthors: readonly string[];
}

export interface DigestStrand {
  /** 3 bytes. */
  readonly strand: Uint8Array;
  /** H(set; count u64, ids ascending). */
  readonly set: Uint8Array;
  readonly tasks: readonly DigestTask[];
}

/** H(set; count u64, ids ascending). */
export function setDigest(blake3: Blake3, ids: readonly string[]): Uint8Array {
  return blake3(concatBytes([...setHead(ids.length), ...ids.map(hashBytes)]));
}

/** What is hashed of a set before its ids, tag included. */
export function setHead(count: number): Uint8Array[] {
  return [tag("set"), u64(count)];
}

/** The state digest of protocol.md ("Meaning"); everything ascending by id. */
export function stateDigest(
  blake3: Blake3,
  genesis: Uint8Array,
  rules: Uint8Array,
  atSeconds: number,
  strands: readonly DigestStrand[],
): Uint8Array {
  const fields = stateHead(genesis, rules, atSeconds, strands.length);
  for (const { strand, set, tasks } of [...strands].sort((a, b) => compareBytes(a.strand, b.strand))) {
    fields.push(...strandHead(strand, set, tasks.length));
    for (const task of tasks) fields.push(...taskFields(task));
  }
  return blake3(concatBytes(fields));
}

/** What is hashed of a state before its strands, tag included. */
export function stateHead(genesis: Uint8Array, rules: Uint8Array, atSeconds: number, strands: number): Uint8Array[] {
  return [tag("state"), genesis, rules, u64(atSeconds), u16(strands)];
}

/** What is hashed of a strand before its tasks. */
export function strandHead(strand: Uint8Array, set: Uint8Array, tasks: number): Uint8Array[] {
  return [strand, set, u32(tasks)];
}

/** What is hashed of a task. */
export function taskFields({ id, status, submissions, excludedAuthors }: DigestTask): Uint8Array[] {
  const fields = [hashBytes(id), Uint8Array.of(status), u16(submissions.length)];
  for (const submission of submissions) {
    fields.push(hashBytes(submission.id), u32(submission.n), u64(submission.sum), u64(submission.sumOfSquares));
    fields.push(u64(submission.weightSum), u64(submission.weightedSum), Uint8Array.of(submission.reached ? 1 : 0));
    fields.push(submission.certified === undefined ? new Uint8Array(32) : hashBytes(submission.certified));
  }
  fields.push(u16(excludedAuthors.length), ...excludedAuthors.map(hashBytes));
  return fields;
}
