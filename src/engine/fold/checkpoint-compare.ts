import { equalBytes } from "../../protocol/bytes.js";
import type { Blake3 } from "../../protocol/hash.js";
import { KEY_WORDS } from "../../protocol/key-words.js";
import { encodeRecord, type RecordPayload, type TaskRef } from "../../protocol/records.js";
import { decodeCheckpoint, type TaskCheckpoint } from "./checkpoint-codec.js";
import {
  AUTHOR,
  BODY_WORDS,
  FORM,
  HIGH_SHIFT,
  IS_REACHED,
  NUMBER_STRAND,
  OTHER,
  REF_SHIFT,
  REFS_MAX,
  ROW_WORDS,
  ROWS_MAX,
  SUBJECT_BODY,
  SUMMARY,
  TIME,
  VALIDATION,
} from "./packed-layout.js";

/** Bits of a form that number a reference: two checkpoints may number them in another order. */
const REF_BITS = (REFS_MAX - 1) << REF_SHIFT;

/**
 * Whether two checkpoints of a task have the same records, in any order, and the same summary, if both have one under
 * the same weights.
 */
export function areSameCheckpoints(blake3: Blake3, taskId: string, a: Uint8Array, b: Uint8Array): boolean {
  const [one, other] = [decodeCheckpoint(blake3, taskId, a), decodeCheckpoint(blake3, taskId, b)];
  if (one === undefined || other === undefined || one.count !== other.count) return false;
  const hasSummaries = (one.summary & other.summary & SUMMARY.known) !== 0 && equalBytes(one.weights, other.weights);
  if (hasSummaries && one.summary !== other.summary) return false;
  const ignored = hasSummaries ? REF_BITS : REF_BITS | IS_REACHED;
  const [ours, theirs] = [rowsOf(one), rowsOf(other)];
  return ours.every((at, place) => isSameRow(one, at, other, theirs[place] as number, ignored));
}

/** The places of the rows in the order of their ids. */
function rowsOf({ words, count, rowsAt }: TaskCheckpoint): number[] {
  const order = (a: number, b: number): number => {
    let word = 0;
    while (word < KEY_WORDS - 1 && words[a + word] === words[b + word]) word++;
    return (words[a + word] as number) - (words[b + word] as number);
  };
  return Array.from({ length: count }, (_, row) => rowsAt + ROW_WORDS * row).sort(order);
}

function isSameRow(a: TaskCheckpoint, atA: number, b: TaskCheckpoint, atB: number, ignored: number): boolean {
  const word = (checkpoint: TaskCheckpoint, at: number): number => checkpoint.words[at] as number;
  const same = (fromA: number, fromB: number, count: number): boolean => {
    for (let i = 0; i < count; i++) if (a.words[fromA + i] !== b.words[fromB + i]) return false;
    return true;
  };
  const authorOf = (checkpoint: TaskCheckpoint, at: number): number =>
    checkpoint.authorsAt + KEY_WORDS * word(checkpoint, at + AUTHOR);
  const [placeA, placeB] = [word(a, atA + NUMBER_STRAND), word(b, atB + NUMBER_STRAND)];
  const [formA, formB] = [word(a, atA + FORM), word(b, atB + FORM)];
  const isSameHead =
    same(atA, atB, KEY_WORDS) &&
    same(authorOf(a, atA), authorOf(b, atB), KEY_WORDS) &&
    word(a, atA + TIME) === word(b, atB + TIME) &&
    placeA >>> HIGH_SHIFT === placeB >>> HIGH_SHIFT &&
    a.strands[placeA & ROWS_MAX] === b.strands[placeB & ROWS_MAX] &&
    (formA & ~ignored) === (formB & ~ignored);
  if (!isSameHead) return false;
  const [subjectA, subjectB] = [word(a, atA + SUBJECT_BODY), word(b, atB + SUBJECT_BODY)];
  if ((formA & 3) === OTHER) return isSamePayload(a.others[subjectA], b.others[subjectB]);
  if (!isSameRef(a.refs[refOf(formA)], b.refs[refOf(formB)])) return false;
  const rowOf = (checkpoint: TaskCheckpoint, subject: number): number =>
    checkpoint.rowsAt + ROW_WORDS * (subject & ROWS_MAX);
  if ((formA & 3) === VALIDATION && !same(rowOf(a, subjectA), rowOf(b, subjectB), KEY_WORDS)) return false;
  const [bodyA, bodyB] = [subjectA >>> HIGH_SHIFT, subjectB >>> HIGH_SHIFT];
  if (bodyA === 0 || bodyB === 0) return bodyA === bodyB;
  const bodyOf = (checkpoint: TaskCheckpoint, body: number): number =>
    checkpoint.rowsAt + ROW_WORDS * checkpoint.count + BODY_WORDS * (body - 1);
  return same(bodyOf(a, bodyA), bodyOf(b, bodyB), BODY_WORDS);
}

function refOf(form: number): number {
  return (form >>> REF_SHIFT) & (REFS_MAX - 1);
}

function isSameRef(a: TaskRef | undefined, b: TaskRef | undefined): boolean {
  return a?.taskType === b?.taskType && a?.t0 === b?.t0;
}

function isSamePayload(a: RecordPayload | undefined, b: RecordPayload | undefined): boolean {
  return a !== undefined && b !== undefined && equalBytes(encodeRecord(a), encodeRecord(b));
}
