/**
 * The six error kinds of the specification (NetworkError), each with a closed list of reason codes.
 * A code is safe as a metric label: the list is fixed at compile time.
 */
export type NetworkErrorKind =
  | "serialization"
  | "deserialization"
  | "storage"
  | "peer_connection"
  | "signature"
  | "consensus";

/** Every reason code and the kind it belongs to. */
export const REASONS = {
  // A request that this node can't fulfil.
  payload_too_large: "serialization",
  value_out_of_range: "serialization",
  bad_parameters: "serialization",
  // A message that violates the protocol.
  bundle_layout: "deserialization",
  bundle_too_large: "deserialization",
  envelope_truncated: "deserialization",
  envelope_too_long: "deserialization",
  bad_version: "deserialization",
  unknown_type: "deserialization",
  wrong_network: "deserialization",
  bad_flags: "deserialization",
  bad_number: "deserialization",
  payload_over_limit: "deserialization",
  payload_malformed: "deserialization",
  payload_not_canonical: "deserialization",
  payload_out_of_range: "deserialization",
  wrong_topic: "deserialization",
  type_not_gossiped: "deserialization",
  frame_malformed: "deserialization",
  frame_too_large: "deserialization",
  body_malformed: "deserialization",
  body_mismatch: "deserialization",
  invalid_json: "deserialization",
  // The node of the chain gave an answer that can't be read or is inconsistent.
  chain_answer: "deserialization",
  // The disk.
  storage_locked: "storage",
  storage_corrupt: "storage",
  storage_foreign: "storage",
  storage_newer: "storage",
  storage_full: "storage",
  storage_failed: "storage",
  /** No database can be loaded here. */
  engine_missing: "storage",
  not_found: "storage",
  /** Several records have ids that begin as the given text does. */
  ambiguous_id: "storage",
  key_unreadable: "storage",
  key_exposed: "storage",
  // Peers and connections.
  wrong_protocol_version: "peer_connection",
  wrong_genesis: "peer_connection",
  wrong_rules: "peer_connection",
  hello_timeout: "peer_connection",
  hello_malformed: "peer_connection",
  own_peer_id: "peer_connection",
  // Another node with the same peer id is connected and answers.
  peer_id_in_use: "peer_connection",
  unsolicited: "peer_connection",
  request_timeout: "peer_connection",
  request_refused: "peer_connection",
  peer_gone: "peer_connection",
  peer_busy: "peer_connection",
  over_budget: "peer_connection",
  sync_stream_lost: "peer_connection",
  sync_stream_missing: "peer_connection",
  gossip_stream_missing: "peer_connection",
  // The peer, or others at its address, sent bundles that every node rejects.
  rejected_bundles: "peer_connection",
  address_in_use: "peer_connection",
  /** An address that this machine does not have now, or a name that does not resolve now. */
  address_unavailable: "peer_connection",
  unauthorized: "peer_connection",
  // The chain's node can't be reached, or went away.
  chain_unreachable: "peer_connection",
  stopped: "peer_connection",
  // Signatures and keys.
  bad_public_key: "signature",
  bad_scalar: "signature",
  bad_commitment: "signature",
  bad_challenge: "signature",
  bad_signature: "signature",
  not_hello_key: "signature",
  slot_used: "signature",
  quota_exceeded: "signature",
  clock_behind: "signature",
  store_missing: "signature",
  // Two different records on one slot or subject are signed by this node's own key.
  key_equivocated: "signature",
  // A record is signed by this node's own key, and not by this node.
  key_used_elsewhere: "signature",
  unknown_key: "signature",
  kernel_failed: "signature",
  // A violation of the rules of the set or of the verdict.
  future_dated: "consensus",
  stale: "consensus",
  past_horizon: "consensus",
  outside_task_max_age: "consensus",
  bad_deadline: "consensus",
  over_quota: "consensus",
  unknown_author: "consensus",
  slot_equivocated: "consensus",
  already_known: "consensus",
  alert_does_not_hold: "consensus",
  no_roster: "consensus",
  bad_certificate: "consensus",
  // A record of this node's own authors that would not count.
  own_task: "consensus",
  own_submission: "consensus",
  not_publisher: "consensus",
  author_excluded: "consensus",
  already_submitted: "consensus",
  already_validated: "consensus",
  has_submissions: "consensus",
  task_over: "consensus",
  task_cancelled: "consensus",
  validation_over: "consensus",
  first_held_late: "consensus",
  /** This node does not hold tasks of the type. */
  type_not_held: "consensus",
  not_allowed: "consensus",
} as const satisfies Record<string, NetworkErrorKind>;

/** A bounded reason code; never built from what a peer sent. */
export type ReasonCode = keyof typeof REASONS;

/** The data of an error for a program, besides its code. */
export type ErrorDetails = Readonly<Record<string, string | number | readonly string[]>>;

/** A typed error of one of the six kinds (specification: `NetworkError`). */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly code: ReasonCode;
  /** For programs, besides the code: snake_case names; times are unix seconds. It contains no data from a peer. */
  readonly details: ErrorDetails | undefined;

  constructor(
    code: ReasonCode,
    message: string,
    options: { readonly cause?: unknown; readonly details?: ErrorDetails } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details;
  }

  get kind(): NetworkErrorKind {
    return REASONS[this.code];
  }
}

/** A value, or the reason why there is none. Pure code returns it instead of throwing. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: ReasonCode };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(code: ReasonCode): { readonly ok: false; readonly code: ReasonCode } {
  return { ok: false, code };
}
