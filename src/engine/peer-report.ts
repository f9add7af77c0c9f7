import type { PeerScoring } from "./peer-scoring.js";
import type { Peers } from "./peers.js";

/** A connected peer as people and the API see it. */
export interface PeerReport {
  readonly peer: string;
  readonly key: string;
  readonly dialed: boolean;
  readonly agent: string;
  readonly interests: readonly string[];
  readonly registryEqual: boolean;
  readonly connectedMs: number;
  /** Overall score in basis points. */
  readonly score: number;
  /** Usual time to an answer. */
  readonly responseMs: number;
}

export function reportPeers(
  peers: Peers,
  scoring: PeerScoring,
  registryDigest: string | undefined,
  atSeconds: number,
): PeerReport[] {
  return [...peers.all()].map(({ facts, readyMs, responseMs }) => ({
    peer: facts.peer,
    key: facts.key,
    dialed: facts.dialed,
    agent: facts.agent,
    interests: facts.interests,
    registryEqual: facts.registryDigest === registryDigest,
    connectedMs: readyMs,
    score: scoring.overall(facts.key, atSeconds),
    responseMs,
  }));
}
