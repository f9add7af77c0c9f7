import type { ReachInfo } from "../../../src/api/control.js";

const BOOTSTRAP = {
  kind: "bootstrap",
  address: "/ip4/127.0.0.1/tcp/2136",
  peer: undefined,
  source: undefined,
  state: "waiting",
  attempts: 3,
  reason: "connection_refused",
  triedMs: 1_790_000_057_000,
  nextMs: 1_790_000_065_000,
} as const;

/** A node that advertises a name, and whose bootstrap address refuses connections. */
export const REACH: ReachInfo = {
  state: "connected",
  loopbackOnly: false,
  advertised: ["/ip4/192.0.2.7/tcp/2135/p2p/12D3KooWfake"],
  announced: [
    {
      address: "/dns4/node.example/tcp/2135",
      advertised: ["/ip4/192.0.2.7/tcp/2135/p2p/12D3KooWfake"],
      reason: undefined,
    },
  ],
  observed: [{ host: "192.0.2.7", groups: 2 }],
  bootstrap: [BOOTSTRAP],
  dials: [{ ...BOOTSTRAP, kind: "hint", address: "/ip4/127.0.0.1/tcp/2137", reason: "wrong_network" }],
};
