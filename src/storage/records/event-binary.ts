import { type StoredEvent, TASK_STATUSES } from "../../engine/index.js";
import { TASK_TYPES } from "../../protocol/enumerations.js";

/**
 * How a member of a body is stored:
 * - id: 32 bytes
 * - task: nothing, the value is the task's id; record: nothing, the value is the record's id
 * - type, status: its index, one byte; an index of 255 is null
 * - flag: one byte
 * - int: LEB128; int or null: LEB128 of one more, 0 for null
 * - u64: decimal text as 8 bytes
 */
type Form = "id" | "task" | "record" | "type" | "status" | "flag" | "int" | "int or null" | "u64";

const RECORD = [
  ["task_id", "id"],
  ["task_type", "type"],
  ["record_id", "id"],
  ["timestamp", "int"],
] as const;

/**
 * The members of the frequent events in their order. The first byte of a value is one more than the index of its event,
 * so rows are never reordered. Other events, and values that don't fit, are JSON, which begins with a brace.
 */
const LAYOUTS: readonly (readonly [event: string, members: readonly (readonly [name: string, form: Form])[]])[] = [
  [
    "task_published",
    [
      ["task_id", "id"],
      ["task_type", "type"],
      ["record_id", "task"],
      ["timestamp", "int"],
      ["publisher", "id"],
      ["deadline", "int"],
      ["reward", "u64"],
    ],
  ],
  ["task_cancelled", [...RECORD, ["publisher", "id"]]],
  ["submission_received", [...RECORD, ["submission_id", "record"], ["submitter", "id"]]],
  [
    "validation_completed",
    [
      ...RECORD,
      ["submission_id", "id"],
      ["validator", "id"],
      ["score", "int"],
      ["seconds_after_submission", "int or null"],
    ],
  ],
  [
    "task_status_changed",
    [
      ["task_id", "id"],
      ["previous", "status"],
      ["status", "status"],
      ["final", "flag"],
    ],
  ],
  [
    "consensus_changed",
    [
      ["task_id", "id"],
      ["submission_id", "id"],
      ["reached", "flag"],
      ["final", "flag"],
      ["n", "int"],
      ["sum", "int"],
      ["sum_of_squares", "int"],
      ["weight_sum", "int"],
      ["weighted_sum", "int"],
    ],
  ],
];

const ID_BYTES = 32;
const NULL = 255;
/** More than any event of {@link LAYOUTS} has: five ids and some numbers. */
const SCRATCH_BYTES = 512;
const scratch = Buffer.alloc(SCRATCH_BYTES);
const NUMBERS = new Map(LAYOUTS.map(([event], at) => [event, at + 1]));
const NAMES: Readonly<Record<"type" | "status", readonly string[]>> = { type: TASK_TYPES, status: TASK_STATUSES };

/** The bytes of a frequent event, valid until the next call; undefined: JSON has to be stored. */
export function encodeFrequent({ event, body }: StoredEvent): Uint8Array | undefined {
  const number = NUMBERS.get(event);
  const members = LAYOUTS[(number ?? 0) - 1]?.[1];
  if (number === undefined || members === undefined) return undefined;
  scratch[0] = number;
  let end = 1;
  const values: Readonly<Record<string, unknown>> = { ...body };
  let left = 0;
  for (const _ in values) left++;
  for (const [name, form] of members) {
    const next = writeMember(values[name], form, end, values);
    if (next === undefined) return undefined;
    end = next;
    left--;
  }
  return left === 0 ? scratch.subarray(0, end) : undefined;
}

/** The place after the written member; undefined: it does not fit. */
function writeMember(
  value: unknown,
  form: Form,
  at: number,
  body: Readonly<Record<string, unknown>>,
): number | undefined {
  switch (form) {
    case "id":
      if (typeof value !== "string" || value.length !== 2 * ID_BYTES || value !== value.toLowerCase()) return undefined;
      return scratch.write(value, at, ID_BYTES, "hex") === ID_BYTES ? at + ID_BYTES : undefined;
    case "task":
      return value === body.task_id ? at : undefined;
    case "record":
      return value === body.record_id ? at : undefined;
    case "type":
    case "status": {
      const index = value === null ? NULL : typeof value === "string" ? NAMES[form].indexOf(value) : -1;
      return index === -1 ? undefined : scratch.writeUInt8(index, at);
    }
    case "flag":
      return typeof value === "boolean" ? scratch.writeUInt8(value ? 1 : 0, at) : undefined;
    case "int":
      return writeInt(value, at);
    case "int or null":
      return writeInt(value === null ? 0 : typeof value === "number" ? value + 1 : undefined, at);
    case "u64":
      if (typeof value !== "string" || !/^(0|[1-9][0-9]{0,18})$/.test(value)) return undefined;
      return scratch.writeBigUInt64BE(BigInt(value), at);
  }
}

function writeInt(value: unknown, from: number): number | undefined {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) return undefined;
  let at = from;
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) scratch[at++] = (left % 0x80) | 0x80;
  scratch[at++] = left;
  return at;
}

/** Event and body of {@link encodeFrequent}; undefined for other bytes. */
export function decodeFrequent(bytes: Uint8Array): unknown {
  const [event, members] = LAYOUTS[(bytes[0] ?? 0) - 1] ?? [];
  if (members === undefined) return undefined;
  const reader = new Reader(bytes);
  const body: Record<string, unknown> = {};
  for (const [name, form] of members) body[name] = reader.member(form, body);
  return reader.isWhole ? { event, body } : undefined;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** All bytes were read, and no more. */
  get isWhole(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Undefined, or a value that the shape of the event refuses, for bytes that are no such member. */
  member(form: Form, body: Readonly<Record<string, unknown>>): unknown {
    switch (form) {
      case "id":
        return this.#take(ID_BYTES).toString("hex");
      case "task":
        return body.task_id;
      case "record":
        return body.record_id;
      case "type":
      case "status": {
        const index = this.#take(1)[0];
        return index === NULL ? null : NAMES[form][index ?? NULL];
      }
      case "flag":
        return this.#take(1)[0] === 1;
      case "int":
        return this.#int();
      case "int or null": {
        const value = this.#int();
        return value === 0 ? null : value - 1;
      }
      case "u64": {
        const taken = this.#take(8);
        return taken.length === 8 ? taken.readBigUInt64BE(0).toString() : undefined;
      }
    }
  }

  #take(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #int(): number {
    let value = 0;
    for (let factor = 1; factor <= Number.MAX_SAFE_INTEGER; factor *= 0x80) {
      const byte = this.#take(1)[0] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    return value;
  }
}
