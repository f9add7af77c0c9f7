import { KEY_WORDS, keyHex, readKeyHex } from "../../protocol/key-words.js";
import type { BodyRef, RecordPayload, SubmissionPayload, TaskRef, ValidationPayload } from "../../protocol/records.js";
import { SharedKeys, type TaskRecord } from "../set/index.js";
import {
  AUTHOR,
  BODY_WORDS,
  bodyAt,
  FORM,
  HIGH_SHIFT,
  IS_REACHED,
  IS_SUBMISSION,
  KIND_SHIFT,
  NUMBER_STRAND,
  OTHER,
  type PackedRecords,
  REF_SHIFT,
  REFS_MAX,
  ROW_WORDS,
  ROWS_MAX,
  SUBJECT_BODY,
  SUBMISSION,
  SUMMARY,
  TIME,
  TIME_END,
  timeOf,
  VALIDATION,
  VALUE_SHIFT,
} from "./packed-layout.js";
import { type FoldedTask, isAnnouncement, type TaskAnnouncement } from "./task-fold.js";

type Packable = SubmissionPayload | ValidationPayload;

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

  /** Packs records that all name one task, at most 65,535. `folded`: their result, for the summary. */
  pack(records: Iterable<TaskRecord>, folded?: FoldedTask): PackedRecords {
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
    const summary = summaryOf(folded);
    if (folded !== undefined && summary !== 0) {
      for (const { id, verdict } of folded.submissions) {
        const at = ROW_WORDS * (rows.get(id) as number) + FORM;
        if (verdict.reached) kept[at] = (kept[at] as number) | IS_REACHED;
      }
    }
    return { count: ordered.length, words: kept, others: others.slice(), refs: refs.slice(), summary };
  }

  /** Writes the words of an author to `out`. */
  readAuthor(handle: number, out: Uint32Array): void {
    this.#authors.readWords(handle, out);
  }

  /** The handle of the author whose words are at `at`, for one more row. */
  referAuthor(words: Uint32Array, at: number): number {
    return this.#authors.referWords(words, at);
  }

  strand(number: number): string {
    return this.#strands[number] as string;
  }

  /** The records again, and ends the use of `packed`. */
  unpack(packed: PackedRecords): TaskRecord[] {
    const records: TaskRecord[] = [];
    for (let row = 0; row < packed.count; row++) {
      records.push(this.read(packed, row, records));
      this.#authors.release(packed.words[ROW_WORDS * row + AUTHOR] as number);
    }
    return records;
  }

  /** One of the records. `earlier`: those of the rows before, whose texts it shares. */
  read({ count, words, others, refs }: PackedRecords, row: number, earlier: readonly TaskRecord[] = []): TaskRecord {
    const at = ROW_WORDS * row;
    const form = words[at + FORM] as number;
    const numberStrand = words[at + NUMBER_STRAND] as number;
    const other = (form & 3) === OTHER ? others[words[at + SUBJECT_BODY] as number] : undefined;
    const ref = refs[(form >>> REF_SHIFT) & (REFS_MAX - 1)];
    return {
      id: keyHex(words, at),
      author: this.#authors.text(words[at + AUTHOR] as number),
      timestampSeconds: timeOf(words, at),
      number: numberStrand >>> 16,
      strand: this.strand(numberStrand & 0xffff),
      payload: other ?? unpackPayload(words, at, ROW_WORDS * count, ref as TaskRef, earlier),
    };
  }

  /** The announcement among the records. */
  announcement(packed: PackedRecords): TaskAnnouncement | undefined {
    if (!packed.others.some(({ kind }) => kind === "task")) return undefined;
    for (let row = 0; row < packed.count; row++) {
      if (((packed.words[ROW_WORDS * row + FORM] as number) & 3) !== OTHER) continue;
      const record = this.read(packed, row);
      if (isAnnouncement(record)) return record;
    }
    return undefined;
  }

  ids({ count, words }: PackedRecords): string[] {
    return Array.from({ length: count }, (_, row) => keyHex(words, ROW_WORDS * row));
  }

  /** Submissions that the summary counts as reached, ascending by id. */
  reached({ count, words }: PackedRecords): string[] {
    const ids: string[] = [];
    for (let at = 0; at < ROW_WORDS * count; at += ROW_WORDS) {
      if (((words[at + FORM] as number) & IS_REACHED) !== 0) ids.push(keyHex(words, at));
    }
    return ids.sort();
  }

  /** The records with a body. */
  *withBodies(packed: PackedRecords): Generator<TaskRecord> {
    const { count, words, others } = packed;
    for (let row = 0; row < count; row++) {
      const at = ROW_WORDS * row;
      const isOther = ((words[at + FORM] as number) & 3) === OTHER;
      const place = words[at + SUBJECT_BODY] as number;
      const has = isOther ? hasBody(others[place]) : place >>> HIGH_SHIFT !== 0;
      if (has) yield this.read(packed, row);
    }
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
    words[at + NUMBER_STRAND] = (number << 16) | this.strandNumber(strand);
    const high = Math.floor(timestampSeconds / TIME_END) << HIGH_SHIFT;
    words[at + FORM] = high | (payload.kind === "submission" ? IS_SUBMISSION : 0);
  }

  strandNumber(strand: string): number {
    let number = this.#strandNumbers.get(strand);
    if (number === undefined) {
      number = this.#strands.push(strand) - 1;
      this.#strandNumbers.set(strand, number);
    }
    return number;
  }
}

function hasBody(payload: RecordPayload | undefined): boolean {
  return payload !== undefined && payload.kind !== "cancel" && payload.body !== undefined;
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

/** `earlier`: records of rows before. */
function unpackPayload(
  words: Uint32Array,
  at: number,
  bodiesAt: number,
  task: TaskRef,
  earlier: readonly TaskRecord[],
): RecordPayload {
  const form = words[at + FORM] as number;
  const value = (form >>> VALUE_SHIFT) & 0x7f;
  const body = bodyAt(words, at, bodiesAt);
  if ((form & 3) === VALIDATION) {
    const row = (words[at + SUBJECT_BODY] as number) & ROWS_MAX;
    const submissionId = earlier[row]?.id ?? keyHex(words, ROW_WORDS * row);
    const validationKind = (form >>> KIND_SHIFT) & 3;
    const payload = { kind: "validation" as const, task, submissionId, score: value, validationKind };
    return body === undefined ? payload : { ...payload, body };
  }
  if (body === undefined) throw new RangeError("a submission is packed with its body");
  return { kind: "submission", task, body, qualityHint: value };
}

/** 0 where a status depends on more than a summary has. */
function summaryOf(folded: FoldedTask | undefined): number {
  if (folded === undefined || folded.equivocated || folded.excludedAuthors.length > 0) return 0;
  const { submissions, cancelled } = folded;
  const validated = submissions.some(({ verdict }) => verdict.n > 0);
  const flags = SUMMARY.known | (cancelled ? SUMMARY.cancelled : 0) | (validated ? SUMMARY.validated : 0);
  return ((submissions.length << HIGH_SHIFT) | flags) >>> 0;
}
