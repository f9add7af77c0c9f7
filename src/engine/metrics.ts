import { MessageType } from "../protocol/envelope.js";
import { REASONS, type ReasonCode } from "../protocol/errors.js";
import { SYNC_STATUSES } from "../protocol/sync-messages.js";
import { BOUNDS, type BoundName } from "./bounds.js";
import type { Acceptance } from "./effects.js";

const REASON_CODES = Object.keys(REASONS) as ReasonCode[];
const VERDICTS: readonly Acceptance[] = ["accept", "ignore", "reject"];

/** The types of envelopes by their numbers, with the specification's names. */
const ENVELOPES = [
  "task_announcement",
  "submission_announcement",
  "validation_announcement",
  "sync_request",
  "sync_response",
  "peer_score_update",
  "vote",
  "fraud_alert",
  "certificate",
] as const;
type EnvelopeName = (typeof ENVELOPES)[number] | "unreadable";
/** What became of a received envelope. */
type EnvelopeVerdict = "new" | "ignored" | "bad";
type EnvelopeLabel = `${EnvelopeName}_${EnvelopeVerdict}`;

const labelsOf = (name: EnvelopeName): Readonly<Record<EnvelopeVerdict, EnvelopeLabel>> => ({
  new: `${name}_new`,
  ignored: `${name}_ignored`,
  bad: `${name}_bad`,
});
/** The labels are made once, because one is counted for each envelope. */
const LABELS_BY_TYPE = ENVELOPES.map(labelsOf);
const UNREADABLE_LABELS = labelsOf("unreadable");
const ENVELOPE_LABELS = [...LABELS_BY_TYPE, UNREADABLE_LABELS].flatMap((labels) => Object.values(labels));

/** Answers to requests by kind, and how long they took. */
const ANSWER_TIMES = ["50ms", "200ms", "1s", "5s", "longer"] as const;
type AnswerLabel = `${"task" | "body" | "bodies"}_${(typeof ANSWER_TIMES)[number]}`;
const ANSWER_LABELS: readonly AnswerLabel[] = (["task", "body", "bodies"] as const).flatMap((kind) =>
  ANSWER_TIMES.map((time) => `${kind}_${time}` as const),
);

/**
 * The closed lists of counter names and of the labels of each (specification: SyncMetrics). A label is a word of these
 * lists, never something that a peer sent.
 */
export const COUNTER_LABELS = {
  /** Records judged, by outcome; `new`: the record became a member. */
  records_in: ["new", ...REASON_CODES],
  /** Other envelopes judged (votes, alerts, certificates, requests, responses, scores), by outcome. */
  messages_in: ["new", ...REASON_CODES],
  /** Envelopes judged, by type and verdict: new, known or not needed (ignored), against the rules (bad). */
  envelopes_in: ENVELOPE_LABELS,
  /** Requests that a peer answered, by kind and by the time until the answer. */
  requests_answered: ANSWER_LABELS,
  /** Envelopes sent to verification, by lane. */
  signatures_checked: ["clean", "suspect"],
  /** Gossip bundles, by verdict. */
  bundles_in: VERDICTS,
  /** Sync responses that ended an exchange, by status (specification: record_sync_response_received). */
  responses_in: SYNC_STATUSES,
  /** Own messages put into a bundle, by the specification's names (record_broadcast). */
  broadcasts: [
    "task_announcement",
    "submission_announcement",
    "validation_announcement",
    "fraud_alert",
    "vote",
    "certificate",
  ],
  /** Own alerts: made; not made because another node made it; put off because the rate limit was reached. */
  alerts_out: ["made", "sent_by_another", "put_off"],
  /** Protocol violations of peers, by reason. */
  faults: REASON_CODES,
  /** Body fetches, by outcome: `stored`, or the reason of the failure. */
  bodies_in: ["stored", ...REASON_CODES],
  /** Comparisons in full form, by result: equal from the start, equal after records moved, different, cut off. */
  comparisons: ["equal", "resolved", "different", "cut_off"],
  /** Bytes of fingerprints and differences sent in comparisons of sets. */
  compared_bytes: ["out"],
  /** Chunks of a comparison, by the form in which the other side sent its ids. */
  compared_chunks: ["cells", "list"],
  /** Members removed because their day is past the horizon. */
  records_expired: ["day"],
  /** Members and bodies that the disk lost; the node fetches them again. */
  values_lost: ["record", "body"],
  /** Entries dropped because a bounded structure was full, by its name. */
  dropped: Object.keys(BOUNDS) as BoundName[],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type CounterName = keyof typeof COUNTER_LABELS;
/** The labels that a counter may carry. */
export type CounterLabel<N extends CounterName> = (typeof COUNTER_LABELS)[N][number];

/** The specification's names of what is broadcast; a cancellation is a message about its task. */
export const ANNOUNCEMENTS = {
  task: "task_announcement",
  cancel: "task_announcement",
  submission: "submission_announcement",
  validation: "validation_announcement",
} as const;

/** The label of an envelope of this type. A type without a name is `unreadable`. */
export function envelopeLabel(type: number, verdict: EnvelopeVerdict): EnvelopeLabel {
  return (LABELS_BY_TYPE[type] ?? UNREADABLE_LABELS)[verdict];
}

/** The label of an answer that took this long. */
export function answerLabel<K extends "task" | "body" | "bodies">(
  kind: K,
  tookMs: number,
): `${K}_${(typeof ANSWER_TIMES)[number]}` {
  if (tookMs <= 50) return `${kind}_50ms`;
  if (tookMs <= 200) return `${kind}_200ms`;
  if (tookMs <= 1000) return `${kind}_1s`;
  return tookMs <= 5000 ? `${kind}_5s` : `${kind}_longer`;
}

/** The counter of an incoming envelope of this type. An envelope of unreadable type counts as a record. */
export function inFamilyOf(type: number): "records_in" | "messages_in" {
  return type > MessageType.ValidationAnnouncement && type <= MessageType.Certificate ? "messages_in" : "records_in";
}
