import { type PeerScoring, type ScoreChange, START_SCORE } from "./peer-scoring.js";
import type { Peers } from "./peers.js";
import type { RegistryCompare, RegistryRelation } from "./registry-compare.js";
import type { RosterCompare, RosterRelation } from "./roster-compare.js";

/** The terms of a peer's score at one second, in basis points. */
export interface ScoreTerms {
  readonly reliability: number;
  readonly responsiveness: number;
  readonly quality: number;
  /** 0.4, 0.3 and 0.3 of the above. */
  readonly overall: number;
}

/** A connected peer, for the API (specification: PeerGossipInfo, PeerScore). */
export interface PeerReport {
  readonly peer: string;
  readonly key: string;
  readonly dialed: boolean;
  readonly agent: string;
  readonly interests: readonly string[];
  readonly features: readonly string[];
  readonly registryEqual: boolean;
  readonly registry: RegistryRelation;
  readonly roster: RosterRelation;
  /** On the machine's clock. */
  readonly connectedMs: number;
  readonly score: ScoreTerms;
  /** Interactions with the peer since its score is kept. */
  readonly interactions: number;
  /** The last change of the score; undefined before the first. */
  readonly lastChange: ScoreChange | undefined;
  /** Usual response time; undefined before the first response. */
  readonly latencyMs: number | undefined;
}

const START: ScoreTerms = {
  reliability: START_SCORE,
  responsiveness: START_SCORE,
  quality: START_SCORE,
  overall: START_SCORE,
};

export function reportPeers(
  peers: Peers,
  scoring: PeerScoring,
  { registries, rosters }: { readonly registries: RegistryCompare; readonly rosters: RosterCompare },
  atSeconds: number,
  toWall: (atMs: number) => number,
): PeerReport[] {
  return [...peers.all()].map((peer) => {
    const { facts, readyMs, latencyMs } = peer;
    const registry = registries.relation(peer);
    const rated = scoring.get(facts.key, atSeconds);
    const { reliability, responsiveness, quality, overall } = rated ?? START;
    return {
      peer: facts.peer,
      key: facts.key,
      dialed: facts.dialed,
      agent: facts.agent,
      interests: facts.interests,
      features: facts.features,
      registryEqual: registry === "equal",
      registry,
      roster: rosters.relation(peer),
      connectedMs: toWall(readyMs),
      score: { reliability, responsiveness, quality, overall },
      interactions: rated?.interactionCount ?? 0,
      lastChange: rated?.lastChange,
      latencyMs,
    };
  });
}
