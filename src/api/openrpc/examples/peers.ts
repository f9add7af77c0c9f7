import type { MethodExample } from "./example.js";

/** The peers of a node. The answers are those of a node. */
export const PEERS_EXAMPLES = {
  ai_get_peers: {
    params: {},
    result: {
      peers: [
        {
          peer_id: "12D3KooWKH1ugsYnWayAn4Yxf4jMqdQ9KG44SqDUJXTAAuLDWSsc",
          key: "e0dbfd2539be75ec9d6abbead0e1e47e11fc964693d362ea05aeae3274d84570",
          address: "tst1urdl6ffehe67e8t2h04dpc0y0cgle9jxj0fk96s946hryaxcg4cqqku08uw",
          multiaddr: "/ip4/127.0.0.1/tcp/42923/p2p/12D3KooWKH1ugsYnWayAn4Yxf4jMqdQ9KG44SqDUJXTAAuLDWSsc",
          direction: "outgoing",
          agent: "tos-ai-sync/0.1.0",
          connected_at: 1796054005,
          interests: ["000000", "010000", "020000", "030000", "040000", "050000"],
          registry_equal: true,
          registry: "equal",
          roster: "none",
          features: ["windows-plain", "windows-full", "registry-news"],
          score: 0.545,
          reliability: 0.5,
          responsiveness: 0.6,
          data_quality: 0.55,
          interactions: 1,
          last_change: {
            reason: "helpful",
            at: 1796054005,
          },
          latency_ms: null,
          streams: {
            sync: "open",
            gossip: "open",
          },
          mesh_topics: 6,
          dropped: {},
        },
      ],
      dials: [
        {
          kind: "bootstrap",
          address: "/ip4/127.0.0.1/tcp/42923/p2p/12D3KooWKH1ugsYnWayAn4Yxf4jMqdQ9KG44SqDUJXTAAuLDWSsc",
          peer_id: "12D3KooWKH1ugsYnWayAn4Yxf4jMqdQ9KG44SqDUJXTAAuLDWSsc",
          source: null,
          state: "connected",
          attempts: 0,
          reason: null,
          last_tried: 1796054005,
          next_try: null,
        },
      ],
    },
    refused: {
      params: {
        all: true,
      },
      error: {
        code: -32602,
        message: "Unexpected parameters for this method",
      },
    },
  },
} as const satisfies Readonly<Record<string, MethodExample>>;
