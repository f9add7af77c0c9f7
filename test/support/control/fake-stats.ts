import type { NodeStats } from "../../../src/api/control.js";

/** What a node counted that has run for a minute. */
export const FAKE_STATS: NodeStats = {
  atMs: 1_790_000_061_000,
  counters: { bundles_in: { accept: 5, ignore: 1 }, gossip_dropped: { muted: 2 } },
  latencies: [{ name: "verification", label: "native", count: 4, sumSeconds: 0.25 }],
  load: {
    cpuSeconds: 1.5,
    residentBytes: 100_000_000,
    heapUsedBytes: 40_000_000,
    gcSeconds: 0.1,
    loopDelay: { p50Ms: 0.2, p99Ms: 3, maxMs: 12 },
  },
  notable: [{ atMs: 1_790_000_030_000, name: "chain_events", label: "rewound", times: 1 }],
  bounds: [],
  peerScores: [0, 0, 1, 0, 0],
};
