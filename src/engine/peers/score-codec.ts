import {
  ascii,
  concatBytes,
  fromHex,
  readU16,
  readU32,
  readU48,
  toHex,
  u8,
  u16,
  u32,
  writeU48,
} from "../../protocol/bytes.js";
import { REASONS, type ReasonCode } from "../../protocol/errors.js";
import { type PeerScore, SCORED_PEERS_MAX, type ScoreReason } from "./peer-scoring.js";

/** Meta key of the scores on the disk. */
export const SCORES_META_KEY = "peer-scores";

const VERSION = 1;
const HEAD_BYTES = 3;
/** Key, three parts, two times, interactions, length of the reason. */
const FIXED_BYTES = 32 + 6 + 12 + 4 + 1;
const COUNT_MAX = 0xffff_ffff;
const PART_MAX = 10_000;
/** Longer than any reason code. */
const REASON_MAX_BYTES = 48;

const EVENTS: readonly string[] = ["useful", "duplicate", "helpful"];

function isReason(text: string): text is ScoreReason {
  return EVENTS.includes(text) || Object.hasOwn(REASONS, text as ReasonCode);
}

function u48(value: number): Uint8Array {
  const bytes = new Uint8Array(6);
  writeU48(bytes, 0, Math.max(0, value));
  return bytes;
}

/**
 * The format on disk: version u8, count u16, then for each score, least recent first: key 32, reliability,
 * responsiveness, quality u16, as of u48, last change u48, interactions u32, reason of the change (length u8, ASCII;
 * empty before the first). At most {@link SCORED_PEERS_MAX}, about 70 KB.
 */
export function encodeScores(scores: readonly PeerScore[]): Uint8Array {
  const kept = scores.slice(-SCORED_PEERS_MAX);
  const parts = kept.map(({ key, reliability, responsiveness, quality, lastChange, ...score }) => {
    const reason = ascii(lastChange?.reason ?? "");
    return concatBytes([
      fromHex(key, 32) ?? new Uint8Array(32),
      u16(reliability),
      u16(responsiveness),
      u16(quality),
      u48(score.updatedSeconds),
      u48(lastChange?.atSeconds ?? 0),
      u32(Math.min(score.interactionCount, COUNT_MAX)),
      u8(reason.length),
      reason,
    ]);
  });
  return concatBytes([u8(VERSION), u16(kept.length), ...parts]);
}

/** Strict: undefined for anything that {@link encodeScores} does not write. An unknown reason is dropped. */
export function decodeScores(bytes: Uint8Array): PeerScore[] | undefined {
  if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION) return undefined;
  const count = readU16(bytes, 1);
  if (count > SCORED_PEERS_MAX) return undefined;
  const scores: PeerScore[] = [];
  const keys = new Set<string>();
  let at = HEAD_BYTES;
  for (let i = 0; i < count; i++) {
    if (bytes.length < at + FIXED_BYTES) return undefined;
    const key = toHex(bytes.subarray(at, at + 32));
    const [reliability, responsiveness, quality] = [32, 34, 36].map((offset) => readU16(bytes, at + offset)) as [
      number,
      number,
      number,
    ];
    if (Math.max(reliability, responsiveness, quality) > PART_MAX || keys.has(key)) return undefined;
    const length = bytes[at + FIXED_BYTES - 1] as number;
    const end = at + FIXED_BYTES + length;
    if (length > REASON_MAX_BYTES || bytes.length < end) return undefined;
    const reason = String.fromCharCode(...bytes.subarray(at + FIXED_BYTES, end));
    keys.add(key);
    scores.push({
      key,
      reliability,
      responsiveness,
      quality,
      updatedSeconds: readU48(bytes, at + 38),
      interactionCount: readU32(bytes, at + 50),
      lastChange: isReason(reason) ? { reason, atSeconds: readU48(bytes, at + 44) } : undefined,
    });
    at = end;
  }
  return at === bytes.length ? scores : undefined;
}
