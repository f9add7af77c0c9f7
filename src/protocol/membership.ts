import type { MessageType } from "./envelope.js";
import type { ReasonCode } from "./errors.js";
import type { RecordPayload } from "./records.js";
import { DAY_SECONDS, type NetworkRules } from "./rules.js";

/** day(t): u32. */
export function dayOf(timestampSeconds: number): number {
  return Math.floor(timestampSeconds / DAY_SECONDS);
}

/** window(t): u32. */
export function windowOf(timestampSeconds: number, rules: Pick<NetworkRules, "windowSeconds">): number {
  return Math.floor(timestampSeconds / rules.windowSeconds);
}

/** The fields that decide the membership of a record, besides its payload. */
export interface RecordHead {
  readonly type: MessageType;
  readonly timestampSeconds: number;
  readonly number: number;
}

/** One slot: (author, type, strand, UTC day, number). */
export function slotKey(author: string, head: RecordHead, strand: string): string {
  return `${author}:${head.type}:${strand}:${dayOf(head.timestampSeconds)}:${head.number}`;
}

/**
 * Rules 2, 3 and 5 of membership (protocol.md, "What belongs to the set"). The caller checks the signature (1) and the
 * registry (4). Undefined where the record may be a member at `nowSeconds`.
 */
export function checkMembership(
  head: RecordHead,
  payload: RecordPayload,
  rules: NetworkRules,
  nowSeconds: number,
): ReasonCode | undefined {
  const t = head.timestampSeconds;
  if (t > nowSeconds + rules.aheadSeconds) return "future_dated";
  if (dayOf(t) < dayOf(nowSeconds) - rules.horizonDays) return "past_horizon";
  return checkTimeless(head, payload, rules);
}

/**
 * The part of {@link checkMembership} that does not depend on the time: its result is the same on every node for ever.
 */
export function checkTimeless(head: RecordHead, payload: RecordPayload, rules: NetworkRules): ReasonCode | undefined {
  const t = head.timestampSeconds;
  const t0 = payload.kind === "task" ? t : payload.task.t0;
  if (t < t0 || t > t0 + rules.taskMaxAgeDays * DAY_SECONDS) return "outside_task_max_age";
  if (payload.kind === "task") {
    const { deadlineSeconds } = payload;
    if (deadlineSeconds <= t || deadlineSeconds > t + rules.deadlineMaxDays * DAY_SECONDS) return "bad_deadline";
  }
  if (payload.kind !== "cancel" && payload.body !== undefined && payload.body.length > rules.bodyLimit) {
    return "payload_out_of_range";
  }
  const quota = rules.quotas[head.type as 0 | 1 | 2];
  if (quota === undefined || head.number >= quota) return "over_quota";
  return undefined;
}

/** Gossip accepts records dated within this many seconds of now. Others come by sync. */
export const GOSSIP_FRESH_SECONDS = 1200;
/** A record up to this far ahead waits for its time instead of being dropped. */
export const GOSSIP_EARLY_SECONDS = 600;
