import type { Frame } from "../protocol/frames.js";
import type { SyncRequest } from "../protocol/sync-messages.js";
import type { ChainFacts } from "./chain-facts.js";
import type { StoredMember } from "./writes.js";

/** Where a bundle came from. */
export type Source =
  | { readonly kind: "gossip"; readonly peer: string; readonly topic: string; readonly messageId: string }
  /** A `records` frame of an exchange. */
  | { readonly kind: "sync"; readonly peer: string; readonly requestId: string }
  /** A single envelope frame (types 3 and 4) or score frame (type 5) of a peer's sync stream. */
  | {
      readonly kind: "control";
      readonly peer: string;
      readonly frame: "envelope" | "scores";
      readonly requestId: string;
    }
  /** Envelopes that were inside an alert or a certificate of this id (a record id in hex). */
  | { readonly kind: "inner"; readonly outer: string }
  /** This node's own record: signed here, so its signature is not verified again. */
  | { readonly kind: "own" };

/** A peer whose hello has succeeded. */
export interface PeerFacts {
  /** libp2p peer id as text. */
  readonly peer: string;
  /** Its node key, hex. */
  readonly key: string;
  readonly dialed: boolean;
  /** This node dialled it, or its configuration names the peer's id. */
  readonly chosen: boolean;
  /** Group of its address; peers of one group may be one operator (network/addresses/address-group.ts). */
  readonly addressGroup: string;
  /** H(salt) of the connection, hex. */
  readonly salt: string;
  /** Strands that it holds, 6 hex digits each. */
  readonly interests: readonly string[];
  readonly features: readonly string[];
  /** As of its hello, hex; equal digests mean equal registries. */
  readonly registryDigest: string;
  /** As of its hello; unix seconds, 2^64-1 where no chain keeps the registry. */
  readonly registryTimeSeconds: bigint;
  /** As of its hello, ascending by day. */
  readonly rosters: readonly DatedRoster[];
  readonly agent: string;
}

/** A roster and the day from which it holds. */
export interface DatedRoster {
  /** Days since 1970-01-01 UTC. */
  readonly day: number;
  /** H(roster; genesis, day, members), hex. */
  readonly digest: string;
}

/**
 * The inputs of the engine. Time is an argument of `step`. A `batch` is the number that the adapter gives to one packed
 * scan input and its table; the engine keeps both until `verified` or `batch_failed`.
 */
export type EngineEvent =
  /** At most once a second; all waits depend on it. */
  | { readonly kind: "tick" }
  | { readonly kind: "chain"; readonly facts: ChainFacts }
  | { readonly kind: "peer_ready"; readonly facts: PeerFacts }
  | { readonly kind: "peer_gone"; readonly peer: string }
  /** The peer subscribed to its first gossip topic of ours. */
  | { readonly kind: "peer_subscribed"; readonly peer: string }
  /** A scanned input; one source per bundle. Gossip verdicts follow as effects of this event or of `verified`. */
  | {
      readonly kind: "scanned";
      readonly batch: number;
      readonly input: Uint8Array;
      readonly table: Uint8Array;
      readonly sources: readonly Source[];
    }
  | {
      readonly kind: "verified";
      readonly batch: number;
      readonly lane: "clean" | "suspect";
      readonly verdicts: Uint8Array;
    }
  /** The kernel failed on this lane: its envelopes are not judged and no peer is at fault. */
  | { readonly kind: "batch_failed"; readonly batch: number; readonly lane: "clean" | "suspect" }
  /** A decoded frame that is not `envelope`, `records` or `scores` (those come as `scanned`). */
  | { readonly kind: "frame"; readonly peer: string; readonly frame: Frame }
  | { readonly kind: "frame_refused"; readonly peer: string }
  | {
      readonly kind: "served";
      readonly peer: string;
      readonly requestId: string;
      readonly items: number;
      readonly bytes: number;
      readonly ok: boolean;
    }
  /** The frames of a `send_frames` are sent; not `ok`: the peer's stream did not accept them. */
  | { readonly kind: "sent"; readonly peer: string; readonly requestId: string; readonly ok: boolean }
  | { readonly kind: "proof_checked"; readonly peer: string; readonly requestId: string; readonly valid: boolean }
  | { readonly kind: "task_loaded"; readonly taskId: string; readonly records: readonly StoredMember[] }
  /** The disk refused or failed: the engine stops admitting until `disk_ready`. */
  | { readonly kind: "disk_full" }
  | { readonly kind: "disk_ready" }
  /** Ids and hashes of members and bodies that the disk lost: they are fetched again. */
  | { readonly kind: "values_lost"; readonly records: readonly string[]; readonly bodies: readonly string[] }
  /** A local program requests a task. */
  | { readonly kind: "sync_task"; readonly taskId: string }
  /** The body of an own record; the signing log on disk contains it already. */
  | { readonly kind: "own_body"; readonly hash: string; readonly taskId: string; readonly bytes: Uint8Array };

/** A request that a peer opened. */
export interface OpenRequest {
  readonly peer: string;
  readonly request: SyncRequest;
  readonly openedMs: number;
}
