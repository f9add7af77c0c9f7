import { DIAL_REASONS, type DialReason } from "../../protocol/dial-reasons.js";
import { REASONS, type ReasonCode } from "../../protocol/errors.js";
import { SYNC_STATUSES, type SyncRequest } from "../../protocol/sync-messages.js";
import { FAULT_ROWS, faultLabel, LINE_LOSSES } from "../facts/index.js";

const REQUEST_KINDS: readonly SyncRequest["kind"][] = ["task", "body", "list", "windows"];
const REASON_CODES = Object.keys(REASONS) as ReasonCode[];

/** Why gossip was dropped without verification: the network's reasons, then the node's. */
const GOSSIP_DROP_LABELS = [
  "malformed",
  "muted",
  "foreign_topic",
  "signed",
  "control_flood",
  "no_room",
  "late_verdict",
  "starting",
  "queue_full",
] as const;
export type GossipDropLabel = (typeof GOSSIP_DROP_LABELS)[number];

/** The node's counters beside the engine's, with their labels: closed lists, like the engine's. */
export const NODE_COUNTER_LABELS = {
  /** Faults of peers that an honest peer does not make, seen by transport or engine, by reason. */
  peer_faults: REASON_CODES,
  /**
   * New connections that were refused, by reason: the peer or its address sent rejected bundles; no place was free, and
   * the peer got addresses of other peers; no room even for that.
   */
  connections_refused: ["rejected_bundles", "referred", "no_room"],
  /** Whether fewer writes of the transport libraries are in force: once at the start, and for each connection. */
  library_savings: [
    "window_updates_applied",
    "window_updates_skipped",
    "corked_writes_applied",
    "corked_writes_skipped",
  ],
  /** Failed dials and ended connections, by reason. */
  dials_failed: Object.keys(DIAL_REASONS) as DialReason[],
  /** Gossip bundles that were not accepted, by reason. */
  gossip_refused: REASON_CODES,
  /**
   * Own bundles (specification: record_broadcast): written to at least one peer, without a peer to send to, refused by
   * the transport, or not sent because their record could not be stored.
   */
  bundles_out: ["sent", "no_peers", "failed", "not_stored"],
  /**
   * Sync requests written to a peer's stream, by kind (specification: record_sync_request); `failed` were not written.
   */
  requests_out: [...REQUEST_KINDS, "failed"],
  /** Sync responses written, by status (specification: record_sync_response_sent); `failed` were not written. */
  responses_out: [...SYNC_STATUSES, "failed"],
  /** Reports of this node's scores: sent to a peer, or failed. */
  scores_out: ["sent", "failed"],
  /** Gossip dropped without verification, by reason: bundles, and entries of gossip control. */
  gossip_dropped: GOSSIP_DROP_LABELS,
  /** How often the gossip of a peer waited unread, because the peer had used its room. */
  gossip_waits: ["peer_room"],
  /** Sync frames dropped unread, by reason: their connection ended while they waited for the disk or for the budget. */
  frames_dropped: ["peer_gone"],
  /** Starts that signed own records though no peer had compared its set with theirs in time. */
  first_exchange: ["missed"],
  /** Events of the chain, and gaps in them (`skipped`). */
  chain_events: ["block", "rewound", "skipped"],
  /** How often following the chain failed, by reason. */
  chain_troubles: ["unreachable", "stalled", "wrong_network", "bad_answers"],
  /** Connections to the daemon, and faults on them. */
  daemon_link: [
    "disconnected",
    "connected",
    "timeout",
    "silent",
    "bad_answer",
    "bad_event",
    "unknown_id",
    "wrong_network",
    "fallback",
  ],
  /** Faults on the link to a host: unusable messages, gaps, and output that the host did not read. */
  host_link: ["fault", "unknown_notification", "stray_answer", "gap", "log_dropped", "not_read"],
  /** Steps of this machine's clock while the node ran. */
  clock_steps: ["forward", "back"],
  /** Tasks at a start, by their checkpoint; `absent`, `unreadable` and `differing`: the start read all records. */
  checkpoints: ["used", "pending", "damaged", "absent", "unreadable", "differing", "unmarked"],
  /** Failures of this node itself, by reason. */
  failures: [...REASON_CODES, "unexpected"],
  /** Refused publications of this node's callers, by reason. */
  own_refused: [...REASON_CODES, "unexpected"],
  /** Lines of the log that could not be written, by reason. */
  log_lines_lost: LINE_LOSSES,
  /** Standing faults that began (fault-codes.ts). */
  standing_faults: FAULT_ROWS.map(([component, code]) => faultLabel(component, code)),
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type NodeCounter = keyof typeof NODE_COUNTER_LABELS;
/** Adds to one of the node's counters. */
export type NodeCount = <N extends NodeCounter>(
  name: N,
  label: (typeof NODE_COUNTER_LABELS)[N][number],
  value: number,
) => void;

/** Why a request was refused before it was read. */
export type RefusedReason =
  | "unauthorized"
  | "too_large"
  | "not_utf8"
  | "busy"
  | "not_found"
  /** Connections that have sent an authorized request keep every place. */
  | "no_place"
  /** A newer connection took the place: this one had sent no authorized request. */
  | "no_request";
