import { ByteReader } from "../../protocol/byte-cursor.js";
import { concatBytes, u8, u16, u32 } from "../../protocol/bytes.js";
import { hashBytes } from "../../protocol/records.js";
import type { OwnVote, VotingRecord } from "../voting/index.js";
import type { BallotSubject } from "./ballot.js";

const VERSION = 1;
const HELD = 1;
const PREPARE = 2;
const COMMIT = 4;
const STOPPED = 8;

/** What is stored of an own member's vote on one submission. */
export interface StoredPoll {
  /** Hex key of the member. */
  readonly voter: string;
  readonly subject: BallotSubject;
  readonly record: VotingRecord;
  /** Its key was used elsewhere: it votes no more. */
  readonly stopped: boolean;
}

export function encodePoll({ voter, subject, record, stopped }: StoredPoll): Uint8Array {
  const { task, submissionId, roster } = subject;
  const { round, held, prepare, commit } = record;
  const flags =
    (held === undefined ? 0 : HELD) |
    (prepare === undefined ? 0 : PREPARE) |
    (commit === undefined ? 0 : COMMIT) |
    (stopped ? STOPPED : 0);
  return concatBytes([
    u8(VERSION),
    ...[voter, submissionId, roster, task.taskId].map(hashBytes),
    u8(task.taskType),
    packSeconds(task.t0),
    u16(round),
    u8(flags),
    ...(held === undefined ? [] : [u16(held.round), hashBytes(held.value)]),
    ...[prepare, commit].flatMap((vote) =>
      vote === undefined ? [] : [u32(vote.held), hashBytes(vote.value), packSeconds(vote.timestampSeconds)],
    ),
  ]);
}

/** Undefined for bytes that {@link encodePoll} would not write. */
export function decodePoll(bytes: Uint8Array): StoredPoll | undefined {
  const reader = new ByteReader(bytes);
  if (reader.left < 1 + 4 * 32 + 1 + 6 + 2 + 1 || reader.u8() !== VERSION) return undefined;
  const [voter, submissionId, roster, taskId] = [reader.hex(32), reader.hex(32), reader.hex(32), reader.hex(32)];
  const taskType = reader.u8();
  const t0 = readSeconds(reader);
  const round = reader.u16();
  const flags = reader.u8();
  const votes = ((flags & PREPARE) >> 1) + ((flags & COMMIT) >> 2);
  if (flags > 15 || reader.left !== ((flags & HELD) === 0 ? 0 : 34) + 42 * votes) return undefined;
  const held = (flags & HELD) === 0 ? undefined : { round: reader.u16(), value: reader.hex(32) };
  const vote = (step: OwnVote["step"]): OwnVote => ({
    round,
    step,
    held: reader.u32(),
    value: reader.hex(32),
    timestampSeconds: readSeconds(reader),
  });
  const prepare = (flags & PREPARE) === 0 ? undefined : vote("prepare");
  const commit = (flags & COMMIT) === 0 ? undefined : vote("commit");
  return {
    voter,
    subject: { task: { taskId, taskType, t0 }, submissionId, roster },
    record: { round, held, prepare, commit },
    stopped: (flags & STOPPED) !== 0,
  };
}

/** A u48. */
function packSeconds(seconds: number): Uint8Array {
  return concatBytes([u16(Math.floor(seconds / 2 ** 32)), u32(seconds % 2 ** 32)]);
}

function readSeconds(reader: ByteReader): number {
  return reader.u16() * 2 ** 32 + reader.u32();
}
