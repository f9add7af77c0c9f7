import type { TopicValidatorResult } from "@libp2p/gossipsub";
import type { RPC } from "@libp2p/gossipsub/message";
import type { PeerId, Stream } from "@libp2p/interface";

/**
 * The private members of gossipsub 17.1.1 that this folder uses. The version is pinned, and the shape is checked at the
 * start, so an update that changes one of them fails with an error.
 */
export interface GossipInternals {
  /** `source` is the peer id as text: with an object every message is echoed to its sender. */
  reportMessageValidationResult(messageId: string, source: string, acceptance: TopicValidatorResult): void;
  /** By peer id text; a peer without an entry receives nothing from us. */
  readonly streamsOutbound: ReadonlyMap<string, { readonly rawStream: Stream }>;
  /** By peer id text. A peer without an entry, or with an ended stream, sends nothing. */
  readonly streamsInbound: ReadonlyMap<string, { readonly rawStream: Stream }>;
  /** The peers of each topic to which gossip goes in full, by peer id text. */
  readonly mesh: ReadonlyMap<string, ReadonlySet<string>>;
  /** Ids by order of arrival. The library bounds them by time only; `Gossip` bounds their number. */
  readonly seenCache: { readonly entries: Map<string, unknown> };
  /** Throws on bytes that are no frame, or a frame beyond the limits. The library ignores the error silently. */
  decodeRpc(bytes: Uint8Array): RPC;
  /** Every decoded frame of a peer goes through here. */
  handleReceivedRpc(from: PeerId, rpc: RPC): Promise<void>;
  /** False for a peer whose score is so low that its frames are not read. */
  acceptFrom(peer: string): boolean;
  readonly score: { rejectInvalidMessage(peer: string, topic: string): void };
}

const METHODS = ["reportMessageValidationResult", "decodeRpc", "handleReceivedRpc", "acceptFrom"] as const;

function isScore(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "rejectInvalidMessage" in value &&
    typeof value.rejectInvalidMessage === "function"
  );
}

function isMapHolder(value: unknown): boolean {
  return typeof value === "object" && value !== null && "entries" in value && value.entries instanceof Map;
}

export function hasInternals<T extends object>(pubsub: T): pubsub is T & GossipInternals {
  return (
    METHODS.every((name) => typeof Reflect.get(pubsub, name) === "function") &&
    "score" in pubsub &&
    isScore(pubsub.score) &&
    "streamsOutbound" in pubsub &&
    pubsub.streamsOutbound instanceof Map &&
    "streamsInbound" in pubsub &&
    pubsub.streamsInbound instanceof Map &&
    "mesh" in pubsub &&
    pubsub.mesh instanceof Map &&
    "seenCache" in pubsub &&
    isMapHolder(pubsub.seenCache)
  );
}
