import type { ScoreChange } from "../../engine/index.js";

/** A peer whose hello succeeded. */
export interface PeerInfo {
  /** libp2p peer id. */
  readonly peer: string;
  /** Node key. */
  readonly key: string;
  readonly address: string;
  readonly multiaddr: string | undefined;
  readonly dialed: boolean;
  readonly agent: string;
  readonly connectedSeconds: number;
  /** Strands that the peer holds, 6 hex digits each. */
  readonly interests: readonly string[];
  readonly registryEqual: boolean;
  /** The peer's registry against this node's: of a later or an earlier time, or different at the same time. */
  readonly registry: "equal" | "later" | "earlier" | "differs";
  /** The peer's roster against this node's, as of the connection; `none` if one of the two has no roster. */
  readonly roster: "equal" | "differs" | "none";
  /** The features of the peer's hello. */
  readonly features: readonly string[];
  readonly score: PeerTerms;
  /** Number of scored interactions with the peer. */
  readonly interactions: number;
  /** The last change of the score; undefined before the first. */
  readonly lastChange: ScoreChange | undefined;
  /** Usual response time; undefined before the first response. */
  readonly latencyMs: number | undefined;
  /** The two streams that every peer needs. A `waiting` stream opens soon, or the connection is closed. */
  readonly streams: { readonly sync: "open" | "waiting"; readonly gossip: "open" | "waiting" };
  /** Topics in whose mesh the peer is: gossip goes to it in full. */
  readonly meshTopics: number;
  /** Gossip of the peer that was dropped without verification since it connected, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** The terms of a peer's score, each 0..1, for display (specification: PeerScore). */
export interface PeerTerms {
  readonly reliability: number;
  readonly responsiveness: number;
  readonly dataQuality: number;
  /** 0.4, 0.3 and 0.3 of the above. */
  readonly overall: number;
}

/** The answer of the methods for a peer. */
export function peerAnswer(peer: PeerInfo): Readonly<Record<string, unknown>> {
  return {
    peer_id: peer.peer,
    key: peer.key,
    address: peer.address,
    multiaddr: peer.multiaddr ?? null,
    direction: peer.dialed ? "outgoing" : "incoming",
    agent: peer.agent,
    connected_at: peer.connectedSeconds,
    interests: peer.interests,
    registry_equal: peer.registryEqual,
    registry: peer.registry,
    roster: peer.roster,
    features: peer.features,
    score: peer.score.overall,
    reliability: peer.score.reliability,
    responsiveness: peer.score.responsiveness,
    data_quality: peer.score.dataQuality,
    interactions: peer.interactions,
    last_change:
      peer.lastChange === undefined ? null : { reason: peer.lastChange.reason, at: peer.lastChange.atSeconds },
    latency_ms: peer.latencyMs ?? null,
    streams: peer.streams,
    mesh_topics: peer.meshTopics,
    dropped: peer.dropped,
  };
}
