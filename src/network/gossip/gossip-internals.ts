import type { TopicValidatorResult } from "@libp2p/gossipsub";
import type { RPC } from "@libp2p/gossipsub/message";
import type { PeerId, Stream } from "@libp2p/interface";

/**
 * What this room uses of gossipsub 17.1.1 beyond its published interface. The version is pinned exactly, and the shape is
 * checked once at start, so that an update that moves one of these says so instead of failing in silence.
 */
export interface GossipInternals {
  /** `source` is the peer id as text: with an object every message is echoed to its sender. */
  reportMessageValidationResult(messageId: string, source: string, acceptance: TopicValidatorResult): void;
  /** By peer id text; a peer without an entry receives nothing from us. */
  readonly streamsOutbound: ReadonlyMap<string, { readonly rawStream: Stream }>;
  /** By peer id text; from a peer without an entry, or whose stream has ended, nothing comes. */
  readonly streamsInbound: ReadonlyMap<string, { readonly rawStream: Stream }>;
  /** Ids by order of arrival; bounded by time only, so the cap is kept from outside. */
  readonly seenCache: { readonly entries: Map<string, unknown> };
  /** Throws on bytes that are no frame, or one beyond its limits; the library then goes on in silence. */
  decodeRpc(bytes: Uint8Array): RPC;
  /** Every decoded frame of a peer goes through here. */
  handleReceivedRpc(from: PeerId, rpc: RPC): Promise<void>;
  /** False for a peer whose score is so low that nothing of it is read. */
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
    "seenCache" in pubsub &&
    isMapHolder(pubsub.seenCache)
  );
}
