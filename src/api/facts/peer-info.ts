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
  /** Strands that it holds, 6 hex digits each. */
  readonly interests: readonly string[];
  readonly registryEqual: boolean;
  /** How its registry stands to this node's: of a later or an earlier time, or another one at the same time. */
  readonly registry: "equal" | "later" | "earlier" | "differs";
  /** What it announced in its hello. */
  readonly features: readonly string[];
  readonly score: PeerTerms;
  /** Things it did since it is remembered. */
  readonly interactions: number;
  /** What moved the score last; undefined while nothing has. */
  readonly lastChange: ScoreChange | undefined;
  /** Usual time to an answer; undefined before the first. */
  readonly latencyMs: number | undefined;
  /** Whether the streams that every peer needs are there; one that is `waiting` comes soon, or the connection is closed. */
  readonly streams: { readonly sync: "open" | "waiting"; readonly gossip: "open" | "waiting" };
  /** What was dropped of its gossip without being judged since it connected, by reason. */
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

/** A peer as the methods answer it. */
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
    dropped: peer.dropped,
  };
}
