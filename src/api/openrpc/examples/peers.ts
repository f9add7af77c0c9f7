import type { MethodExample } from "./example.js";

/** The peers of a node. The answers are those of a node. */
export const PEERS_EXAMPLES = {
  ai_get_peers: {
    params: {},
    result: {
      peers: [
        {
          peer_id: "12D3KooWFwmeuFyA2c6bYk3qPxYX7mzBAsXXn6kxohZ2tmRUfjuK",
          key: "70fcb9229d2172b1a2a54f4c1365ae59d534d18b6fb00db700472cfd424dd13a",
          address: "tst1wr7tjg5ay9etrg49faxpxedwt82nf5vtd7cqmdcqguk06sjd6yaqqtsspmc",
          multiaddr: "/ip4/127.0.0.1/tcp/44855/p2p/12D3KooWFwmeuFyA2c6bYk3qPxYX7mzBAsXXn6kxohZ2tmRUfjuK",
          direction: "outgoing",
          agent: "tos-ai-sync/0.1.0",
          connected_at: 1796052619,
          interests: ["000000", "010000", "020000", "030000", "040000", "050000"],
          registry_equal: true,
          registry: "equal",
          features: ["windows-plain", "windows-full", "registry-news"],
          score: 0.545,
          reliability: 0.5,
          responsiveness: 0.6,
          data_quality: 0.55,
          interactions: 1,
          last_change: {
            reason: "helpful",
            at: 1796052620,
          },
          latency_ms: null,
          streams: {
            sync: "open",
            gossip: "open",
          },
          dropped: {},
        },
      ],
      dials: [
        {
          kind: "bootstrap",
          address: "/ip4/127.0.0.1/tcp/44855/p2p/12D3KooWFwmeuFyA2c6bYk3qPxYX7mzBAsXXn6kxohZ2tmRUfjuK",
          peer_id: "12D3KooWFwmeuFyA2c6bYk3qPxYX7mzBAsXXn6kxohZ2tmRUfjuK",
          source: null,
          state: "connected",
          attempts: 0,
          reason: null,
          last_tried: 1796052619,
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
