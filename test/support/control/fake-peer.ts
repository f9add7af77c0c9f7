import type { PeerInfo } from "../../../src/api/control.js";

/** A peer without a gossip stream yet, with three dropped signed messages. */
export const FAKE_PEER: PeerInfo = {
  peer: "12D3KooWother",
  key: "04".repeat(32),
  address: "tst1other",
  multiaddr: "/ip4/127.0.0.1/tcp/2136",
  dialed: true,
  agent: "tos-ai-sync/0.1.0",
  connectedSeconds: 1_790_000_050,
  interests: ["000000"],
  registryEqual: true,
  registry: "equal",
  roster: "none",
  features: ["windows-plain"],
  score: { reliability: 0.6, responsiveness: 0.5, dataQuality: 0.4, overall: 0.51 },
  interactions: 12,
  lastChange: { reason: "bad_signature", atSeconds: 1_790_000_055 },
  latencyMs: 21,
  streams: { sync: "open", gossip: "waiting" },
  meshTopics: 2,
  dropped: { signed: 3 },
};
