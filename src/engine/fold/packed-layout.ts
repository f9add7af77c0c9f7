/** The words of packed records: rows, submissions first, then bodies. Checkpoints have the same rows and bodies. */

import { KEY_WORDS, keyHex } from "../../protocol/key-words.js";
import type { BodyRef, RecordPayload, TaskRef } from "../../protocol/records.js";

/** Words of a row behind the id. */
export const AUTHOR = KEY_WORDS;
/** Low 32 bits of the timestamp. */
export const TIME = KEY_WORDS + 1;
/** The number in the high half, the strand in the low half. */
export const NUMBER_STRAND = KEY_WORDS + 2;
/**
 * From the lowest bit: form, reference, score or hint, kind of a validation, the two flags of submissions. High half:
 * high bits of the time.
 */
export const FORM = KEY_WORDS + 3;
/**
 * Low half: of a validation the row of its submission, of a payload without columns its place in `others`. High half:
 * one more than the place of its body; 0: it has none.
 */
export const SUBJECT_BODY = KEY_WORDS + 4;
export const ROW_WORDS = KEY_WORDS + 5;
/** The hash of a body and its length. */
export const BODY_WORDS = KEY_WORDS + 1;

export const REF_SHIFT = 2;
/** References that the bits of a form number; almost all records of a task have the same one. */
export const REFS_MAX = 8;
/** Rows that half a word numbers. */
export const ROWS_MAX = 0xffff;
export const VALUE_SHIFT = 5;
export const KIND_SHIFT = 12;
/** Set for every submission, whatever its form. */
export const IS_SUBMISSION = 1 << 14;
/** The summary of the task counts the submission, and its verdict is reached. */
export const IS_REACHED = 1 << 15;
export const HIGH_SHIFT = 16;
export const TIME_END = 2 ** 32;
export const SUBMISSION = 0;
export const VALIDATION = 1;
/** An announcement, a cancellation or a rare payload: it stays an object. */
export const OTHER = 2;

/** Bytes of the fingerprint of the weights with which a summary was made. */
export const WEIGHTS_BYTES = 8;

/** Flags of a summary. High half: number of submissions that count. */
export const SUMMARY = { known: 1, cancelled: 2, validated: 4 } as const;

/** The records of a task as words: 52 bytes each, and 36 for a body. */
export interface PackedRecords {
  readonly count: number;
  readonly words: Uint32Array;
  readonly others: readonly RecordPayload[];
  /** The references of the rows with columns. */
  readonly refs: readonly TaskRef[];
  /** What the status of the task depends on: flags of {@link SUMMARY}; 0: the task has to be folded. */
  summary: number;
}

/** The time of the row at `at`, unix seconds. */
export function timeOf(words: Uint32Array, at: number): number {
  const high = (words[at + FORM] as number) >>> HIGH_SHIFT;
  const low = words[at + TIME] as number;
  return high === 0 ? low : high * TIME_END + low;
}

/** The body of the row at `at`; `bodiesAt`: where the bodies begin. Undefined: it has no columns, or no body. */
export function bodyAt(words: Uint32Array, at: number, bodiesAt: number): BodyRef | undefined {
  const place = (words[at + SUBJECT_BODY] as number) >>> HIGH_SHIFT;
  if (place === 0) return undefined;
  const from = bodiesAt + BODY_WORDS * (place - 1);
  return { hash: keyHex(words, from), length: words[from + KEY_WORDS] as number };
}
