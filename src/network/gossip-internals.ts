import type { TopicValidatorResult } from "@libp2p/gossipsub";
import type { Stream } from "@libp2p/interface";

/**
 * What this room uses of gossipsub 17.1.1 beyond its published interface. The version is pinned exactly, and the shape is
 * checked once at start, so that an update that moves one of these says so instead of failing in silence.
 */
export interface GossipInternals {
  /** `source` is the peer id as text: with an object every message is echoed to its sender. */
  reportMessageValidationResult(messageId: string, source: string, acceptance: TopicValidatorResult): void;
  /** By peer id text; a peer without an entry receives nothing from us. */
  readonly streamsOutbound: ReadonlyMap<string, { readonly rawStream: Stream }>;
  /** Ids by order of arrival; bounded by time only, so the cap is kept from outside. */
  readonly seenCache: { readonly entries: Map<string, unknown> };
}

function isMapHolder(value: unknown): boolean {
  return typeof value === "object" && value !== null && "entries" in value && value.entries instanceof Map;
}

export function hasInternals<T extends object>(pubsub: T): pubsub is T & GossipInternals {
  return (
    "reportMessageValidationResult" in pubsub &&
    typeof pubsub.reportMessageValidationResult === "function" &&
    "streamsOutbound" in pubsub &&
    pubsub.streamsOutbound instanceof Map &&
    "seenCache" in pubsub &&
    isMapHolder(pubsub.seenCache)
  );
}
