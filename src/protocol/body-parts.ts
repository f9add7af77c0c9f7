import { concatBytes, readU16, readU32, u8, u16, u32 } from "./bytes.js";
import { BODY_MAX_BYTES } from "./records.js";

/** Statuses of one requested body, as numbers of the wire. `awaited`: the sender waits for the body and tells later. */
const LACKING = { unknown: 1, not_yet: 3, awaited: 5 } as const;
export type LackingStatus = keyof typeof LACKING;
/** Status, bytes left u32, bytes here u16. */
const OK_HEAD_BYTES = 7;
/** Bytes of each part of a larger body but the last, so that a part fits into a frame. */
export const BODY_PIECE_BYTES = 60_000;
/** Bytes of the parts of one frame: the frame's cap of 61,440 without kind and request id. */
const PARTS_MAX_BYTES = 61_423;

/** A part of the answer to a request for bodies (protocol.md, Sync, kind 4). */
export type BodyPart =
  /** `left`: bytes of the body from this part on, this part included. */
  { readonly status: "ok"; readonly left: number; readonly bytes: Uint8Array } | { readonly status: LackingStatus };

export function encodeBodyParts(parts: readonly BodyPart[]): Uint8Array {
  return concatBytes(
    parts.flatMap((part) =>
      part.status === "ok" ? [u8(0), u32(part.left), u16(part.bytes.length), part.bytes] : [u8(LACKING[part.status])],
    ),
  );
}

/** Undefined when the bytes are not parts. Byte parts are views. */
export function decodeBodyParts(bytes: Uint8Array): readonly BodyPart[] | undefined {
  const parts: BodyPart[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== 0) {
      const status = lackingOf(bytes[at]);
      if (status === undefined) return undefined;
      parts.push({ status });
      at++;
      continue;
    }
    const from = at + OK_HEAD_BYTES;
    if (from > bytes.length) return undefined;
    const left = readU32(bytes, at + 1);
    const length = readU16(bytes, at + 5);
    at = from + length;
    const valid = length > 0 && length <= left && left <= BODY_MAX_BYTES && at <= bytes.length;
    // A body that continues in the next frame ends this one, with a full piece: so many tiny frames are refused.
    const continues = length === BODY_PIECE_BYTES && at === bytes.length;
    if (!valid || (length < left && !continues)) return undefined;
    parts.push({ status: "ok", left, bytes: bytes.subarray(from, at) });
  }
  return parts.length === 0 ? undefined : parts;
}

function lackingOf(number: number | undefined): LackingStatus | undefined {
  switch (number) {
    case LACKING.unknown:
      return "unknown";
    case LACKING.not_yet:
      return "not_yet";
    case LACKING.awaited:
      return "awaited";
    default:
      return undefined;
  }
}

/** Collects answers into groups that fill one frame each: small bodies together, large ones in pieces. */
export class BodyPartPacker {
  #parts: BodyPart[] = [];
  #bytes = 0;

  /** Adds one answer; returns the groups that are full now. */
  add(answer: LackingStatus | Uint8Array): (readonly BodyPart[])[] {
    if (typeof answer === "string") return this.#push({ status: answer }, 1);
    const full: (readonly BodyPart[])[] = [];
    for (let at = 0; at < answer.length; at += BODY_PIECE_BYTES) {
      const bytes = answer.subarray(at, at + BODY_PIECE_BYTES);
      const left = answer.length - at;
      full.push(...this.#push({ status: "ok", left, bytes }, OK_HEAD_BYTES + bytes.length));
      if (bytes.length < left) full.push(...this.take());
    }
    return full;
  }

  /** Takes the last group; none when nothing is left. */
  take(): (readonly BodyPart[])[] {
    const parts = this.#parts;
    this.#parts = [];
    this.#bytes = 0;
    return parts.length === 0 ? [] : [parts];
  }

  #push(part: BodyPart, bytes: number): (readonly BodyPart[])[] {
    const full = this.#bytes + bytes > PARTS_MAX_BYTES ? this.take() : [];
    this.#parts.push(part);
    this.#bytes += bytes;
    return full;
  }
}
