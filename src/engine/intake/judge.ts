import { toHex } from "../../protocol/bytes.js";
import { certificateIdOf } from "../../protocol/certificate.js";
import { decodeEnvelope, headOf, MessageType, recordId } from "../../protocol/envelope.js";
import type { ReasonCode } from "../../protocol/errors.js";
import {
  checkMembership,
  checkTimeless,
  GOSSIP_EARLY_SECONDS,
  GOSSIP_FRESH_SECONDS,
  windowOf,
} from "../../protocol/membership.js";
import { decodePayload, isRecordPayload, type Payload } from "../../protocol/message.js";
import type { RecordPayload, TaskRef } from "../../protocol/records.js";
import { alertsTopic, recordStrand, shardOf, strandTopic, taskOf } from "../../protocol/strand.js";
import type { PeerScoreUpdate, SyncRequest, SyncResponse } from "../../protocol/sync-messages.js";
import type { ScanRow } from "../../protocol/table.js";
import type { Certificate, ConsensusVote, FraudAlert } from "../../protocol/verdict-messages.js";
import { isRegistered } from "../chain-facts.js";
import type { Context } from "../context.js";
import type { Source } from "../events.js";
import type { TaskRecord } from "../set/index.js";
import type { MemberEntry, StoredMember } from "../writes.js";

/** An envelope that passed all checks before its signature, decoded. */
export type Candidate =
  | { readonly kind: "member"; readonly entry: MemberEntry; readonly record: TaskRecord }
  | {
      readonly kind: "vote";
      readonly id: string;
      readonly sender: string;
      readonly vote: ConsensusVote;
      readonly timestampSeconds: number;
    }
  | { readonly kind: "alert"; readonly id: string; readonly alert: FraudAlert }
  | {
      readonly kind: "certificate";
      /** Certificate id. */
      readonly id: string;
      readonly sender: string;
      readonly certificate: Certificate;
    }
  | {
      readonly kind: "control";
      readonly sender: string;
      readonly payload: SyncPayload;
      readonly timestampSeconds: number;
    };

/**
 * The result of the checks that need no signature: of the bytes, the topic and this node's clock. `bad` is the same for
 * every node at any time and a fault of the sender; `ignored` is valid for this node at this time only.
 */
export type Judgement =
  | { readonly kind: "bad"; readonly code: ReasonCode }
  | { readonly kind: "ignored"; readonly code: ReasonCode; readonly remember: boolean }
  /** Dated ahead: verified now, admitted at `dueSeconds`. */
  | { readonly kind: "early"; readonly candidate: Candidate; readonly dueSeconds: number }
  | { readonly kind: "candidate"; readonly candidate: Candidate };

function bad(code: ReasonCode): Judgement {
  return { kind: "bad", code };
}

function ignored(code: ReasonCode, remember = false): Judgement {
  return { kind: "ignored", code, remember };
}

/** Types 3, 4 and 5, sent between two peers only. */
type SyncPayload = SyncRequest | SyncResponse | PeerScoreUpdate;
type GossipPayload = Exclude<Payload, SyncPayload>;

function isSyncPayload(payload: Payload): payload is SyncPayload {
  return "requestId" in payload || payload.kind === "scores";
}

/** The gossip topic of this payload. */
export function topicOf(context: Context, payload: GossipPayload, recordId: string, timestampSeconds: number): string {
  const { network, rules } = context.identity;
  const strand = (task: TaskRef): string => strandTopic(network, task.taskType, shardOf(task.taskId, rules.shards));
  switch (payload.kind) {
    case "task":
    case "cancel":
    case "submission":
    case "validation":
      return strand(taskOf(payload, recordId, timestampSeconds));
    case "vote":
    case "certificate":
      return strand(payload.task);
    case "alert":
      return alertsTopic(network);
  }
}

/**
 * A row under the id that its message has in the set. That of a certificate is the certificate id: the envelope around
 * it has no meaning.
 */
export function underMemberId(context: Context, row: ScanRow, input: Uint8Array): ScanRow {
  if (row.code !== undefined || row.type !== MessageType.Certificate) return row;
  const payload = input.subarray(row.payloadOffset, row.payloadOffset + row.payloadLength);
  const id = certificateIdOf(context.blake3, context.identity.genesis, payload);
  return id === undefined ? row : { ...row, recordId: id };
}

/** The fields of an envelope that are checked besides its payload. */
export type RowHead = Pick<ScanRow, "code" | "type" | "timestampSeconds" | "number" | "sender" | "recordId">;

/** Judges one row of a scan table. */
export function judgeRow(context: Context, row: RowHead, payloadBytes: Uint8Array, source: Source): Judgement {
  if (row.code !== undefined) return bad(row.code);
  const { type } = row;
  if (type > MessageType.Certificate) return bad("unknown_type");
  const control =
    type === MessageType.SyncRequest || type === MessageType.SyncResponse || type === MessageType.PeerScoreUpdate;
  if (control !== (source.kind === "control")) return bad("type_not_gossiped");
  // Types 3 and 4 come as frames of kind 0, type 5 as one of kind 8.
  const scores = type === MessageType.PeerScoreUpdate;
  if (source.kind === "control" && scores !== (source.frame === "scores")) return bad("frame_malformed");
  const decoded = decodePayload(type as MessageType, payloadBytes);
  if (!decoded.ok) return bad(decoded.code);
  const payload = decoded.value;
  if (isSyncPayload(payload)) {
    const { sender, timestampSeconds } = row;
    return { kind: "candidate", candidate: { kind: "control", sender, payload, timestampSeconds } };
  }
  if (source.kind === "gossip" && topicOf(context, payload, row.recordId, row.timestampSeconds) !== source.topic) {
    return bad("wrong_topic");
  }
  const fresh = source.kind === "gossip" ? freshness(context, row.timestampSeconds) : undefined;
  switch (payload.kind) {
    case "task":
    case "cancel":
    case "submission":
    case "validation":
      return judgeRecord(context, row, payload, source);
    case "vote": {
      if (fresh !== undefined) return ignored(fresh);
      const { sender, recordId: id, timestampSeconds } = row;
      return { kind: "candidate", candidate: { kind: "vote", id, sender, vote: payload, timestampSeconds } };
    }
    case "alert":
      if (fresh !== undefined) return ignored(fresh);
      return { kind: "candidate", candidate: { kind: "alert", id: row.recordId, alert: payload } };
    case "certificate":
      if (fresh !== undefined) return ignored(fresh);
      return {
        kind: "candidate",
        candidate: { kind: "certificate", id: row.recordId, sender: row.sender, certificate: payload },
      };
  }
}

function freshness(context: Context, timestampSeconds: number): ReasonCode | undefined {
  if (timestampSeconds < context.nowSeconds - GOSSIP_FRESH_SECONDS) return "stale";
  return timestampSeconds > context.nowSeconds + context.identity.rules.aheadSeconds ? "future_dated" : undefined;
}

function judgeRecord(context: Context, row: RowHead, payload: RecordPayload, source: Source): Judgement {
  const { rules } = context.identity;
  const { timestampSeconds } = row;
  const head = { type: row.type as MessageType, timestampSeconds, number: row.number };
  const timeless = checkTimeless(head, payload, rules);
  if (timeless !== undefined) return bad(timeless);
  const task = taskOf(payload, row.recordId, timestampSeconds);
  if (!context.taskTypes.includes(task.taskType)) return ignored("type_not_held", true);
  if (source.kind === "gossip" && timestampSeconds < context.nowSeconds - GOSSIP_FRESH_SECONDS) return ignored("stale");
  const membership = checkMembership(head, payload, rules, context.nowSeconds);
  const early = membership === "future_dated";
  if (membership !== undefined && !early) return ignored(membership, true);
  const aheadOfGossip = timestampSeconds > context.nowSeconds + GOSSIP_EARLY_SECONDS;
  if (early && (source.kind !== "gossip" || aheadOfGossip)) return ignored("future_dated");
  if (!isRegistered(context.facts?.registry, row.sender, timestampSeconds)) {
    return ignored("unknown_author", context.facts !== undefined);
  }
  const strand = recordStrand(task, rules.shards);
  const entry: MemberEntry = {
    id: row.recordId,
    type: row.type,
    author: row.sender,
    strand,
    window: windowOf(timestampSeconds, rules),
    timestampSeconds,
    number: row.number,
    taskId: task.taskId,
  };
  const record: TaskRecord = {
    id: entry.id,
    author: entry.author,
    timestampSeconds,
    number: row.number,
    strand,
    payload,
  };
  const candidate: Candidate = { kind: "member", entry, record };
  return early
    ? { kind: "early", candidate, dueSeconds: timestampSeconds - rules.aheadSeconds }
    : { kind: "candidate", candidate };
}

/** Judges a record inside an alert like one from sync. Undefined: it can't be a member now. */
export function judgeEnvelope(context: Context, bytes: Uint8Array): Candidate | undefined {
  const { network, rules, genesis } = context.identity;
  const decoded = decodeEnvelope(bytes, { network, payloadLimits: rules.payloadLimits });
  if (!decoded.ok) return undefined;
  const { type, timestampSeconds, number, sender, payload } = decoded.value;
  const head: RowHead = {
    code: undefined,
    type,
    timestampSeconds,
    number,
    sender: toHex(sender),
    recordId: toHex(recordId(context.blake3, genesis, headOf(bytes))),
  };
  const judgement = judgeRow(context, head, payload, { kind: "own" });
  return judgement.kind === "candidate" ? judgement.candidate : undefined;
}

/** Decodes the envelope of a stored member for the fold; undefined when it is unreadable. */
export function readStored(context: Context, { entry, envelope }: StoredMember): TaskRecord | undefined {
  const { network, rules } = context.identity;
  const decoded = decodeEnvelope(envelope, { network, payloadLimits: rules.payloadLimits });
  if (!decoded.ok) return undefined;
  const payload = decodePayload(decoded.value.type, decoded.value.payload);
  if (!payload.ok || !isRecordPayload(payload.value)) return undefined;
  const { id, author, timestampSeconds, number, strand } = entry;
  return { id, author, timestampSeconds, number, strand, payload: payload.value };
}
