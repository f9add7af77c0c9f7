import type { LackingStatus } from "../protocol/body-parts.js";
import type { ReasonCode } from "../protocol/errors.js";
import type { Frame } from "../protocol/frames.js";
import type { SyncRequest, SyncStatus } from "../protocol/sync-messages.js";
import type { ConsensusVote } from "../protocol/verdict-messages.js";
import type { StoredEvent } from "./event-bodies.js";
import type { Source } from "./events.js";
import type { StoreWrite } from "./writes.js";

/** Gossipsub's three answers (protocol.md, Bundles and forwarding). */
export type Acceptance = "accept" | "ignore" | "reject";

/** A requested body and the answer for it; `ok`: the stored body, or `unknown` if the disk lacks it. */
export interface BodyToServe {
  readonly hash: string;
  readonly status: "ok" | LackingStatus;
}

/** Level of a log line. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * What the engine asks its adapters to do, in order for each step. `verify`, `load_task`, `send_frames`, `serve_*` and
 * `persist` may finish later and are answered by events. Ids, keys and hashes are lowercase hex; `peer` is a
 * connection-independent libp2p peer id as text.
 */
export type EngineEffect =
  /** Verifies signatures of one lane of a batch, in one kernel call; answered by `verified`. */
  | { readonly kind: "verify"; readonly batch: number; readonly lane: "clean" | "suspect"; readonly mask: Uint8Array }
  /** The gossip verdict of one bundle; `code` is the reason when it is not accepted. */
  | {
      readonly kind: "verdict";
      readonly messageId: string;
      readonly peer: string;
      readonly acceptance: Acceptance;
      readonly code: ReasonCode | undefined;
    }
  /** One atomic batch. With `sync` it must be on the disk before the following effects are carried out. */
  | { readonly kind: "persist"; readonly writes: readonly StoreWrite[]; readonly sync: boolean }
  /** Publishes an own bundle to a topic. */
  | { readonly kind: "gossip"; readonly topic: string; readonly bundle: Uint8Array }
  /** Sends a frame on the peer's sync stream. */
  | { readonly kind: "send"; readonly peer: string; readonly frame: Frame }
  /** Sends frames of a listing, in order, each when the peer's stream has room; answered by `sent`. */
  | {
      readonly kind: "send_frames";
      readonly peer: string;
      readonly requestId: string;
      readonly frames: readonly Frame[];
    }
  /** Type 3: signed by the node key, framed and sent by the adapter. */
  | {
      readonly kind: "send_request";
      readonly peer: string;
      readonly request: SyncRequest;
      readonly proofAuthor?: string;
    }
  /** Type 5, signed once by the node key and sent to each peer. */
  | {
      readonly kind: "send_scores";
      readonly peers: readonly string[];
      readonly scores: readonly { readonly key: string; readonly basisPoints: number }[];
    }
  /**
   * Type 7 about two stored records, lower id first: signed by the node key and returned to the engine as an own
   * bundle. The engine gossips the alert when it holds.
   */
  | { readonly kind: "send_alert"; readonly alertKind: 1 | 2; readonly firstId: string; readonly secondId: string }
  /**
   * Type 7 about two votes, whose envelopes it carries, lower id first: signed by the node key and returned to the
   * engine as an own bundle. The engine gossips the alert when it holds.
   */
  | {
      readonly kind: "send_vote_alert";
      readonly alertKind: 3 | 4;
      readonly first: Uint8Array;
      readonly second: Uint8Array;
    }
  /** Type 8, the payload: signed by the node key and returned to the engine as an own bundle. */
  | { readonly kind: "send_certificate"; readonly payload: Uint8Array }
  /**
   * Type 6 of an own member: written to its vote log, signed and returned to the engine as an own bundle. The engine
   * repeats it until the vote is back.
   */
  | {
      readonly kind: "cast_vote";
      readonly author: string;
      readonly vote: Omit<ConsensusVote, "kind">;
      readonly timestampSeconds: number;
    }
  /** A peer sent a vote of an own key that this node did not cast. Emitted once for each key and run of the program. */
  | { readonly kind: "own_key_elsewhere"; readonly author: string; readonly recordId: string }
  /** Type 4. */
  | {
      readonly kind: "send_response";
      readonly peer: string;
      readonly requestId: string;
      readonly status: SyncStatus;
      readonly items: number;
      readonly bytes: number;
    }
  /** Sends stored envelopes, in order, as `records` frames; answered by `served`. Unknown ids are left out. */
  | {
      readonly kind: "serve_records";
      readonly peer: string;
      readonly requestId: string;
      readonly ids: readonly string[];
    }
  /** Sends a stored body as `body` frames; answered by `served`. */
  | { readonly kind: "serve_body"; readonly peer: string; readonly requestId: string; readonly hash: string }
  /** Sends stored bodies, or why they do not come, in order, as `bodies` frames; answered by `served`. */
  | {
      readonly kind: "serve_bodies";
      readonly peer: string;
      readonly requestId: string;
      readonly bodies: readonly BodyToServe[];
    }
  /** Checks a body proof's signature; answered by `proof_checked`. */
  | {
      readonly kind: "check_proof";
      readonly peer: string;
      readonly requestId: string;
      readonly author: string;
      readonly hash: string;
      readonly proof: string;
    }
  /** Scans envelopes from inside a message (an alert's proof, a certificate's commits); answered by `scanned`. */
  | { readonly kind: "scan"; readonly bundle: Uint8Array; readonly source: Source }
  /** The outcome of an own record. Without `code` it is a member, written to disk by the effects before this one. */
  | {
      readonly kind: "own_result";
      readonly batch: number;
      readonly recordId: string;
      readonly code: ReasonCode | undefined;
    }
  /** An event for local subscribers: a task or submission changed. The `persist` of the same step stores it. */
  | { readonly kind: "notify"; readonly event: StoredEvent }
  /** Loads all stored records of a task that is no longer in memory; answered by `task_loaded`. */
  | { readonly kind: "load_task"; readonly taskId: string }
  /** The clock of a peer, read from a signed control frame; at most once a minute for each peer. */
  | { readonly kind: "peer_clock"; readonly peer: string; readonly clockSeconds: number }
  /**
   * Two records (or votes) of one of this node's own author keys contradict each other: `proof` holds their ids.
   * Emitted once for each key and run of the program.
   */
  | { readonly kind: "own_equivocation"; readonly author: string; readonly proof: readonly [string, string] }
  /** This node's registry lacks the author of a record; the chain may be ahead. Anyone can invent keys. */
  | { readonly kind: "unknown_author"; readonly author: string }
  /** The peer broke the protocol: counted, scored and shown. */
  | { readonly kind: "fault"; readonly peer: string; readonly code: ReasonCode }
  /** Raises counter `name` by `value`; names and labels are closed lists (engine/metrics.ts). */
  | { readonly kind: "count"; readonly name: string; readonly label: string; readonly value: number }
  /** A log line. The text never comes from a peer. */
  | {
      readonly kind: "log";
      readonly level: LogLevel;
      readonly text: string;
      readonly fields: Readonly<Record<string, string | number>>;
    };
