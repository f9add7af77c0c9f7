/**
 * The checkpoint of a task: its packed records with their authors and strands, its summary, and a digest. u32 in the
 * byte order of the machine; the first word tells a file of another byte order or form apart.
 *
 * | words      | content                                                        |
 * |------------|----------------------------------------------------------------|
 * | 1          | {@link FORM_WORD}                                              |
 * | 4          | BLAKE3 of the task id and all words behind, first 16 bytes     |
 * | 2          | fingerprint of the weights of the summary                      |
 * | 2          | numbers in halves: rows and authors, bodies and references     |
 * | 2          | numbers in halves: other payloads and strands; summary         |
 * | 8, 1, 3    | each author; each strand; each reference: type, time of t0     |
 * | 13, 9      | each row, with numbers of authors and strands; each body       |
 * | 1 + length | each other payload: type and bytes in halves, bytes            |
 */

import { concatBytes, equalBytes, fromHex } from "../../protocol/bytes.js";
import { MessageType } from "../../protocol/envelope.js";
import type { Blake3 } from "../../protocol/hash.js";
import { KEY_WORDS, readKeyBytes } from "../../protocol/key-words.js";
import { decodePayload, isRecordPayload } from "../../protocol/message.js";
import { encodeRecord, hashBytes, type RecordPayload, type TaskRef } from "../../protocol/records.js";
import {
  AUTHOR,
  BODY_WORDS,
  NUMBER_STRAND,
  type PackedRecords,
  ROW_WORDS,
  ROWS_MAX,
  WEIGHTS_BYTES,
} from "./packed-layout.js";
import type { RecordPacker } from "./packed-records.js";

const FORM_WORD = 0x544b_3031;
const DIGEST_AT = 1;
const DIGEST_WORDS = 4;
const WEIGHTS_AT = DIGEST_AT + DIGEST_WORDS;
const COUNTS_AT = WEIGHTS_AT + 2;
const SUMMARY_AT = COUNTS_AT + 3;
const HEAD_WORDS = SUMMARY_AT + 1;
const REF_WORDS = 3;
const TIME_END = 2 ** 32;

/** A checkpoint whose digest is right. */
export interface TaskCheckpoint {
  readonly taskId: string;
  /** Words of the task id. */
  readonly task: Uint32Array;
  readonly words: Uint32Array;
  readonly count: number;
  /** Where the authors and the rows begin. */
  readonly authorsAt: number;
  readonly rowsAt: number;
  /** Where the other payloads begin. */
  readonly othersAt: number;
  readonly strands: readonly string[];
  readonly refs: readonly TaskRef[];
  readonly others: readonly RecordPayload[];
  readonly summary: number;
  readonly weights: Uint8Array;
}

/** Undefined where a number finds no room in half a word. */
export function encodeCheckpoint(
  blake3: Blake3,
  taskId: string,
  packed: PackedRecords,
  packer: RecordPacker,
  weights: Uint8Array,
): Uint8Array | undefined {
  const { count, words, others, refs, summary } = packed;
  const authors = new Map<number, number>();
  const strands = new Map<number, number>();
  for (let at = 0; at < ROW_WORDS * count; at += ROW_WORDS) {
    const [author, strand] = [words[at + AUTHOR] as number, (words[at + NUMBER_STRAND] as number) & ROWS_MAX];
    if (!authors.has(author)) authors.set(author, authors.size);
    if (!strands.has(strand)) strands.set(strand, strands.size);
  }
  const payloads = others.map((payload) => ({ type: typeOf(payload), bytes: encodeRecord(payload) }));
  const bodies = (words.length - ROW_WORDS * count) / BODY_WORDS;
  if (Math.max(bodies, ...payloads.map(({ bytes }) => bytes.length)) > ROWS_MAX) return undefined;
  const rowsAt = HEAD_WORDS + KEY_WORDS * authors.size + strands.size + REF_WORDS * refs.length;
  const length = payloads.reduce((sum, { bytes }) => sum + 1 + wordsFor(bytes.length), rowsAt + words.length);
  const out = new Uint32Array(length);
  const bytes = new Uint8Array(out.buffer);
  out[0] = FORM_WORD;
  bytes.set(weights, 4 * WEIGHTS_AT);
  out[COUNTS_AT] = (count << 16) | authors.size;
  out[COUNTS_AT + 1] = (bodies << 16) | refs.length;
  out[COUNTS_AT + 2] = (payloads.length << 16) | strands.size;
  out[SUMMARY_AT] = summary;
  let at = HEAD_WORDS;
  for (const author of authors.keys()) {
    packer.readAuthor(author, out.subarray(at, at + KEY_WORDS));
    at += KEY_WORDS;
  }
  for (const strand of strands.keys()) out[at++] = Number.parseInt(packer.strand(strand), 16);
  for (const { taskType, t0 } of refs) {
    out[at++] = taskType;
    out[at++] = Math.floor(t0 / TIME_END);
    out[at++] = t0 % TIME_END;
  }
  out.set(words, at);
  for (let row = 0; row < count; row++, at += ROW_WORDS) {
    const numberStrand = words[ROW_WORDS * row + NUMBER_STRAND] as number;
    out[at + AUTHOR] = authors.get(words[ROW_WORDS * row + AUTHOR] as number) as number;
    out[at + NUMBER_STRAND] = (numberStrand & ~ROWS_MAX) | (strands.get(numberStrand & ROWS_MAX) as number);
  }
  at = rowsAt + words.length;
  for (const { type, bytes: payload } of payloads) {
    out[at] = (type << 16) | payload.length;
    bytes.set(payload, 4 * (at + 1));
    at += 1 + wordsFor(payload.length);
  }
  bytes.set(digestOf(blake3, taskId, bytes), 4 * DIGEST_AT);
  return bytes;
}

/** Undefined: the bytes are damaged, or of another task or form. */
export function decodeCheckpoint(blake3: Blake3, taskId: string, bytes: Uint8Array): TaskCheckpoint | undefined {
  if (bytes.length % 4 !== 0 || bytes.length < 4 * HEAD_WORDS) return undefined;
  // Copied: the words have to be aligned.
  const words = new Uint32Array(bytes.slice().buffer);
  const own = new Uint8Array(words.buffer);
  const digest = own.subarray(4 * DIGEST_AT, 4 * WEIGHTS_AT);
  if (words[0] !== FORM_WORD || !equalBytes(digest, digestOf(blake3, taskId, own))) return undefined;
  const half = (at: number, high: boolean): number => ((words[at] as number) >>> (high ? 16 : 0)) & ROWS_MAX;
  const [count, authors] = [half(COUNTS_AT, true), half(COUNTS_AT, false)];
  const [bodies, refCount] = [half(COUNTS_AT + 1, true), half(COUNTS_AT + 1, false)];
  const [otherCount, strandCount] = [half(COUNTS_AT + 2, true), half(COUNTS_AT + 2, false)];
  const strandsAt = HEAD_WORDS + KEY_WORDS * authors;
  const refsAt = strandsAt + strandCount;
  const rowsAt = refsAt + REF_WORDS * refCount;
  const othersAt = rowsAt + ROW_WORDS * count + BODY_WORDS * bodies;
  const strands = Array.from({ length: strandCount }, (_, at) =>
    (words[strandsAt + at] as number).toString(16).padStart(6, "0"),
  );
  const refs = Array.from({ length: refCount }, (_, ref): TaskRef => {
    const at = refsAt + REF_WORDS * ref;
    const t0 = (words[at + 1] as number) * TIME_END + (words[at + 2] as number);
    return { taskId, taskType: words[at] as number, t0 };
  });
  const others = readOthers(words, othersAt, otherCount);
  const taskBytes = fromHex(taskId, 4 * KEY_WORDS);
  if (others === undefined || taskBytes === undefined) return undefined;
  const task = new Uint32Array(KEY_WORDS);
  readKeyBytes(taskBytes, task);
  const weights = own.subarray(4 * WEIGHTS_AT, 4 * WEIGHTS_AT + WEIGHTS_BYTES);
  const base = { taskId, task, words, count, strands, refs, others, weights };
  return { ...base, authorsAt: HEAD_WORDS, rowsAt, othersAt, summary: words[SUMMARY_AT] as number };
}

/** The packed records of a checkpoint. */
export function packedOf(checkpoint: TaskCheckpoint, packer: RecordPacker): PackedRecords {
  const { words, count, authorsAt, rowsAt, othersAt, strands, refs, others, summary } = checkpoint;
  const own = words.slice(rowsAt, othersAt);
  const numbers = strands.map((strand) => packer.strandNumber(strand));
  for (let at = 0; at < ROW_WORDS * count; at += ROW_WORDS) {
    const numberStrand = own[at + NUMBER_STRAND] as number;
    own[at + AUTHOR] = packer.referAuthor(words, authorsAt + KEY_WORDS * (own[at + AUTHOR] as number));
    own[at + NUMBER_STRAND] = (numberStrand & ~ROWS_MAX) | (numbers[numberStrand & ROWS_MAX] as number);
  }
  return { count, words: own, others, refs, summary };
}

function readOthers(words: Uint32Array, from: number, count: number): RecordPayload[] | undefined {
  const bytes = new Uint8Array(words.buffer);
  const others: RecordPayload[] = [];
  let at = from;
  for (let i = 0; i < count; i++) {
    const head = words[at] as number;
    const length = head & ROWS_MAX;
    const payload = decodePayload((head >>> 16) as MessageType, bytes.subarray(4 * (at + 1), 4 * (at + 1) + length));
    if (!payload.ok || !isRecordPayload(payload.value)) return undefined;
    others.push(payload.value);
    at += 1 + wordsFor(length);
  }
  return others;
}

/** The type of a record with this payload. */
export function typeOf({ kind }: RecordPayload): 0 | 1 | 2 {
  if (kind === "submission") return MessageType.SubmissionAnnouncement;
  return kind === "validation" ? MessageType.ValidationAnnouncement : MessageType.TaskAnnouncement;
}

function wordsFor(bytes: number): number {
  return (bytes + 3) >>> 2;
}

function digestOf(blake3: Blake3, taskId: string, bytes: Uint8Array): Uint8Array {
  const content = concatBytes([hashBytes(taskId), bytes.subarray(4 * WEIGHTS_AT)]);
  return blake3(content).subarray(0, 4 * DIGEST_WORDS);
}
