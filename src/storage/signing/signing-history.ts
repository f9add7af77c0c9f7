/**
 * The file of a signing history: what a key has signed, for the move to another machine (docs/signing-history.md).
 * Text, a JSON object a line: a header, the used numbers, the votes, and an end with counts and SHA-256.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { NetworkError } from "../../protocol/errors.js";
import { NETWORKS, type NetworkName } from "../../protocol/rules.js";
import { NUMBERED_TYPES, type SigningEntry } from "./signing-entry.js";
import { STOP_REASONS, type StoppedKey } from "./signing-state.js";
import { type OwnBallot, voteFields } from "./vote-rules.js";

const FORMAT = "tos-ai-sync signing history";
const VERSION = 1;
/** A key at full quota uses 380,000 numbers in the retention, 100 MB of lines; votes take the rest. */
export const MAX_HISTORY_BYTES = 256 * 1024 * 1024;

const seconds = z
  .int()
  .min(0)
  .max(2 ** 48 - 1);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const day = z.int().nonnegative();
const headerShape = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  network: z.enum(NETWORKS),
  genesis: hash,
  key: hash,
  exported_seconds: seconds,
  first_day: day,
  floor_day: day,
  votes_first_day: day,
  stopped: z.strictObject({ reason: z.enum(STOP_REASONS), records: z.array(hash).max(2) }).nullable(),
});
const numberShape = z.strictObject({
  type: z.literal(NUMBERED_TYPES),
  number: z.int().min(0).max(0xffff),
  timestamp: seconds,
  subject: z.string().min(1).max(128).optional(),
});
const endShape = z.strictObject({ records: day, votes: day, sha256: hash });

/** A number that the key used, and the subject that it may not sign about again. */
export type UsedNumber = Pick<SigningEntry, "type" | "number" | "timestampSeconds" | "subject">;

/** Everything that a key must not contradict. */
export interface SigningHistory {
  readonly network: NetworkName;
  /** 32 bytes, hex. */
  readonly genesis: string;
  /** Public key, hex. */
  readonly key: string;
  readonly exportedSeconds: number;
  /** The key signs nothing before this UTC day. */
  readonly firstDay: number;
  /** As `firstDay`: older numbers are no longer known. */
  readonly floorDay: number;
  /** The key votes on no task that was announced before this UTC day. */
  readonly votesFirstDay: number;
  /** The key was stopped before the export. */
  readonly stopped: Pick<StoppedKey, "reason" | "records"> | undefined;
  readonly records: readonly UsedNumber[];
  /** The votes of the highest round of each submission, and its last commit. */
  readonly votes: readonly OwnBallot[];
}

/** The bytes of a file. `storage_full` above {@link MAX_HISTORY_BYTES}. */
export function encodeHistory(history: SigningHistory): Uint8Array {
  const { network, genesis, key, records, votes } = history;
  const header: z.infer<typeof headerShape> = {
    format: FORMAT,
    version: VERSION,
    network,
    genesis,
    key,
    exported_seconds: history.exportedSeconds,
    first_day: history.firstDay,
    floor_day: history.floorDay,
    votes_first_day: history.votesFirstDay,
    stopped: history.stopped === undefined ? null : { ...history.stopped, records: [...history.stopped.records] },
  };
  const lines = [
    header,
    ...records.map(({ type, number, timestampSeconds, subject }) => ({
      type,
      number,
      timestamp: timestampSeconds,
      ...(subject === undefined ? {} : { subject }),
    })),
    ...votes.map(voteFields.encode),
  ];
  const content = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const end = { records: records.length, votes: votes.length, sha256: sha256(content) };
  const bytes = Buffer.concat([content, Buffer.from(`${JSON.stringify(end)}\n`)]);
  if (bytes.length <= MAX_HISTORY_BYTES) return bytes;
  throw new NetworkError("storage_full", `the signing history has more than ${MAX_HISTORY_BYTES} bytes`);
}

/**
 * Reads a file. `storage_corrupt` if it is truncated or changed, `storage_foreign` for another file, `storage_newer`.
 */
export function decodeHistory(bytes: Uint8Array): SigningHistory {
  if (bytes.length > MAX_HISTORY_BYTES) throw damaged("it is too large");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd = text.indexOf("\n");
  const header = headerOf(text.subarray(0, Math.max(headerEnd, 0)));
  if (text.at(-1) !== 0x0a) throw damaged("its end is missing");
  const endStart = text.lastIndexOf("\n", text.length - 2) + 1;
  const end = endShape.safeParse(jsonOf(text.subarray(endStart)));
  if (endStart <= headerEnd || !end.success) throw damaged("its end is missing");
  const content = text.subarray(0, endStart);
  if (sha256(content) !== end.data.sha256) throw damaged("its content does not match its checksum");
  const lines = content
    .toString("utf8", headerEnd + 1)
    .split("\n")
    .slice(0, -1);
  if (lines.length !== end.data.records + end.data.votes) throw damaged("it has another number of lines");
  return {
    network: header.network,
    genesis: header.genesis,
    key: header.key,
    exportedSeconds: header.exported_seconds,
    firstDay: header.first_day,
    floorDay: header.floor_day,
    votesFirstDay: header.votes_first_day,
    stopped: header.stopped ?? undefined,
    records: lines.slice(0, end.data.records).map(numberOf),
    votes: lines.slice(end.data.records).map(voteOf),
  };
}

function headerOf(line: Buffer): z.infer<typeof headerShape> {
  const json = jsonOf(line);
  const named = z.object({ format: z.literal(FORMAT), version: z.int().positive() }).safeParse(json);
  if (!named.success) throw new NetworkError("storage_foreign", "the file is no signing history of this program");
  if (named.data.version > VERSION) {
    throw new NetworkError("storage_newer", `the history has version ${named.data.version}: update tos-ai-sync`);
  }
  const header = headerShape.safeParse(json);
  if (header.success) return header.data;
  throw damaged("its header is damaged");
}

function numberOf(line: string): UsedNumber {
  const parsed = numberShape.safeParse(jsonOf(line));
  if (!parsed.success) throw damaged("a line is not that of a used number");
  const { timestamp, subject, ...rest } = parsed.data;
  return { ...rest, timestampSeconds: timestamp, ...(subject === undefined ? {} : { subject }) };
}

function voteOf(line: string): OwnBallot {
  const vote = voteFields.decode(jsonOf(line));
  if (vote === undefined) throw damaged("a line is not that of a vote");
  return vote;
}

function jsonOf(line: Buffer | string): unknown {
  try {
    const text = typeof line === "string" ? line : new TextDecoder("utf-8", { fatal: true }).decode(line);
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function damaged(why: string): NetworkError {
  return new NetworkError(
    "storage_corrupt",
    `the signing history is damaged: ${why}. Copy it again from the machine that exported it`,
  );
}
