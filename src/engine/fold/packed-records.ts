import { KEY_WORDS, keyHex, readKeyHex } from "../../protocol/key-words.js";
import type { BodyRef, RecordPayload, SubmissionPayload, TaskRef, ValidationPayload } from "../../protocol/records.js";
import { SharedKeys, type TaskRecord } from "../set/index.js";

/** Words of a row behind the id. */
const AUTHOR = KEY_WORDS;
/** Low 32 bits of the timestamp. */
const TIME = KEY_WORDS + 1;
/** The number in the high half, the strand in the low half. */
const NUMBER_STRAND = KEY_WORDS + 2;
/** From the lowest bit: form, reference, score or hint, kind of a validation. High half: high bits of the time. */
const FORM = KEY_WORDS + 3;
/**
 * Low half: of a validation the row of its submission, of a payload without columns its place in `others`. High half:
 * one more than the place of its body; 0: it has none.
 */
const SUBJECT_BODY = KEY_WORDS + 4;
const ROW_WORDS = KEY_WORDS + 5;
/** The hash of a body and its length. */
const BODY_WORDS = KEY_WORDS + 1;

const REF_SHIFT = 2;
/** References that the bits of a form number; almost all records of a task have the same one. */
const REFS_MAX = 8;
/** Rows that half a word numbers. */
const ROWS_MAX = 0xffff;
const VALUE_SHIFT = 5;
const KIND_SHIFT = 12;
/** Set for every submission, whatever its form. */
const IS_SUBMISSION = 1 << 14;
const HIGH_SHIFT = 16;
const TIME_END = 2 ** 32;
const SUBMISSION = 0;
const VALIDATION = 1;
/** An announcement, a cancellation or a rare payload: it stays an object. */
const OTHER = 2;

type Packable = SubmissionPayload | ValidationPayload;

/** The records of a task as words: 52 bytes each, and 36 for a body. */
export interface PackedRecords {
  readonly count: number;
  /** Rows, submissions first, then bodies. */
  readonly words: Uint32Array;
  readonly others: readonly RecordPayload[];
  /** The references of the rows with columns. */
  readonly refs: readonly TaskRef[];
}

/** Packs the records of tasks that are seldom read. Authors and strands are held once for all tasks. */
export class RecordPacker {
  readonly #authors: SharedKeys;
  /** Strands are few: a task type, a kind and a shard. Numbers are never given back. */
  readonly #strands: string[] = [];
  readonly #strandNumbers = new Map<string, number>();

  /** `salt`: {@link KEY_WORDS} words. */
  constructor(salt: Uint32Array) {
    this.#authors = new SharedKeys(salt);
  }

  /** Packs records that all name one task, at most 65,535. */
  pack(records: Iterable<TaskRecord>): PackedRecords {
    const submissions: TaskRecord[] = [];
    const rest: TaskRecord[] = [];
    for (const record of records) (record.payload.kind === "submission" ? submissions : rest).push(record);
    const ordered = [...submissions, ...rest];
    if (ordered.length > ROWS_MAX) throw new RangeError("a task has too many records to be packed");
    const rows = new Map(submissions.map(({ id }, row) => [id, row]));
    const others: RecordPayload[] = [];
    const refs: TaskRef[] = [];
    const bodies: BodyRef[] = [];
    const words = new Uint32Array(ROW_WORDS * ordered.length + BODY_WORDS * ordered.filter(mayHaveBody).length);
    ordered.forEach((record, row) => {
      const at = ROW_WORDS * row;
      const { payload } = record;
      this.#packHead(record, words, at);
      const ref = isPackable(payload, rows) ? placeOf(payload.task, refs) : -1;
      if (ref === -1 || !isPackable(payload, rows)) {
        words[at + FORM] = (words[at + FORM] as number) | OTHER;
        words[at + SUBJECT_BODY] = others.push(payload) - 1;
        return;
      }
      words[at + FORM] = (words[at + FORM] as number) | formOf(payload) | (ref << REF_SHIFT);
      const subject = payload.kind === "validation" ? (rows.get(payload.submissionId) as number) : 0;
      const body = payload.body === undefined ? 0 : bodies.push(payload.body);
      words[at + SUBJECT_BODY] = (body << HIGH_SHIFT) | subject;
    });
    const end = ROW_WORDS * ordered.length + BODY_WORDS * bodies.length;
    bodies.forEach(({ hash, length }, place) => {
      const at = ROW_WORDS * ordered.length + BODY_WORDS * place;
      readKeyHex(hash, words, at);
      words[at + KEY_WORDS] = length;
    });
    const kept = end === words.length ? words : words.slice(0, end);
    return { count: ordered.length, words: kept, others: others.slice(), refs: refs.slice() };
  }

  /** The records again, and ends the use of `packed`. */
  unpack({ count, words, others, refs }: PackedRecords): TaskRecord[] {
    const records: TaskRecord[] = [];
    for (let row = 0; row < count; row++) {
      const at = ROW_WORDS * row;
      const form = words[at + FORM] as number;
      const author = words[at + AUTHOR] as number;
      const numberStrand = words[at + NUMBER_STRAND] as number;
      const other = (form & 3) === OTHER ? others[words[at + SUBJECT_BODY] as number] : undefined;
      const ref = refs[(form >>> REF_SHIFT) & (REFS_MAX - 1)];
      records.push({
        id: keyHex(words, at),
        author: this.#authors.text(author),
        timestampSeconds: withHigh(form >>> HIGH_SHIFT, words[at + TIME] as number),
        number: numberStrand >>> 16,
        strand: this.#strands[numberStrand & 0xffff] as string,
        payload: other ?? unpackPayload(words, at, ROW_WORDS * count, ref as TaskRef, records),
      });
      this.#authors.release(author);
    }
    return records;
  }

  /** Whether a submission by this author is among the records, counted or not. */
  hasSubmission({ count, words }: PackedRecords, author: string): boolean {
    const handle = this.#authors.find(author);
    if (handle === -1) return false;
    for (let at = 0; at < ROW_WORDS * count; at += ROW_WORDS) {
      if (words[at + AUTHOR] === handle && (words[at + FORM] as number) & IS_SUBMISSION) return true;
    }
    return false;
  }

  #packHead(
    { id, author, timestampSeconds, number, strand, payload }: TaskRecord,
    words: Uint32Array,
    at: number,
  ): void {
    if (!readKeyHex(id, words, at)) throw new RangeError("an id has 64 lowercase hex digits");
    words[at + AUTHOR] = this.#authors.refer(author);
    words[at + TIME] = timestampSeconds % TIME_END;
    words[at + NUMBER_STRAND] = (number << 16) | this.#strandNumber(strand);
    const high = Math.floor(timestampSeconds / TIME_END) << HIGH_SHIFT;
    words[at + FORM] = high | (payload.kind === "submission" ? IS_SUBMISSION : 0);
  }

  #strandNumber(strand: string): number {
    let number = this.#strandNumbers.get(strand);
    if (number === undefined) {
      number = this.#strands.push(strand) - 1;
      this.#strandNumbers.set(strand, number);
    }
    return number;
  }
}

function mayHaveBody({ payload }: TaskRecord): boolean {
  return payload.kind === "submission" || (payload.kind === "validation" && payload.body !== undefined);
}

/** `rows`: the submissions of the task. */
function isPackable(payload: RecordPayload, rows: ReadonlyMap<string, number>): payload is Packable {
  if (payload.kind === "submission") return payload.chainId === undefined;
  return payload.kind === "validation" && rows.has(payload.submissionId);
}

/** The place of an equal reference, which is added if there is room; -1: there is none. */
function placeOf(task: TaskRef, refs: TaskRef[]): number {
  const place = refs.findIndex((ref) => ref.t0 === task.t0 && ref.taskType === task.taskType);
  return place !== -1 || refs.length >= REFS_MAX ? place : refs.push(task) - 1;
}

function formOf(payload: Packable): number {
  if (payload.kind === "submission") return SUBMISSION | (payload.qualityHint << VALUE_SHIFT);
  return VALIDATION | (payload.score << VALUE_SHIFT) | (payload.validationKind << KIND_SHIFT);
}

/** `earlier`: the records of the rows before, among them all submissions. */
function unpackPayload(
  words: Uint32Array,
  at: number,
  bodiesAt: number,
  task: TaskRef,
  earlier: readonly TaskRecord[],
): RecordPayload {
  const form = words[at + FORM] as number;
  const value = (form >>> VALUE_SHIFT) & 0x7f;
  const place = (words[at + SUBJECT_BODY] as number) >>> HIGH_SHIFT;
  const bodyAt = bodiesAt + BODY_WORDS * (place - 1);
  const body = place === 0 ? undefined : { hash: keyHex(words, bodyAt), length: words[bodyAt + KEY_WORDS] as number };
  if ((form & 3) === VALIDATION) {
    const submission = earlier[(words[at + SUBJECT_BODY] as number) & ROWS_MAX];
    if (submission === undefined) throw new RangeError("a validation is packed behind its submission");
    const validationKind = (form >>> KIND_SHIFT) & 3;
    const payload = { kind: "validation" as const, task, submissionId: submission.id, score: value, validationKind };
    return body === undefined ? payload : { ...payload, body };
  }
  if (body === undefined) throw new RangeError("a submission is packed with its body");
  return { kind: "submission", task, body, qualityHint: value };
}

function withHigh(high: number, low: number): number {
  return high === 0 ? low : high * TIME_END + low;
}
