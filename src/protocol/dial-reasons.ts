import type { ReasonCode } from "./errors.js";

interface ReasonRow {
  /** Completes "the address ...". */
  readonly text: string;
  readonly cure: string;
  /** The other end is no node of this network. Only a person can change that. */
  readonly foreign?: true;
}

/** Why a dial failed: a closed list, safe as a metric label. */
export const DIAL_REASONS = {
  connection_refused: {
    text: "refuses connections: nothing listens at its port",
    cure: "check that the node there runs and that the port is the one of its option listen",
  },
  unreachable: {
    text: "cannot be reached from this machine: there is no route to it",
    cure: "check this machine's network, and whether the address is of the same network and family (IPv4, IPv6)",
  },
  timeout: {
    text: "does not answer",
    cure: "check that the machine is up and that no firewall drops connections to its port",
  },
  name_not_resolved: {
    text: "has a name that does not resolve",
    cure: "check the name, and that this machine has a working DNS server",
  },
  no_addresses: {
    text: "has a name without usable addresses in its TXT records",
    cure: "check the dnsaddr= TXT records of _dnsaddr.<name>: they must hold tcp addresses",
  },
  wrong_peer_id: {
    text: "is answered by another peer than its /p2p id names",
    cure: "compare the id with that of the node there (tos-ai-sync status); the node may have got a new libp2p.key",
  },
  handshake_failed: {
    text: "is answered by something that is no libp2p node with noise and yamux",
    cure: "check that the port is the P2P port of a node, not that of its API or of the daemon",
  },
  closed: {
    text: "closes the connection before it is set up",
    cure: "the node there may have no room, or another program listens at its port: look into its log",
  },
  own_address: {
    text: "leads to this node itself",
    cure: "remove it from the option bootstrap",
  },
  wrong_protocol_version: {
    text: "is a node of another version of the protocol",
    cure: "update the older of the two nodes",
    foreign: true,
  },
  wrong_network: {
    text: "is a node of another network",
    cure: "compare the option network and the option networkName of the two nodes",
    foreign: true,
  },
  wrong_genesis: {
    text: "is a node of another chain: its genesis differs",
    cure: "compare the option networkName of the two nodes, or the daemons that they follow",
    foreign: true,
  },
  wrong_rules: {
    text: "is a node with other network rules",
    cure: "compare the option rulesFile and the kind of registry of the two nodes",
    foreign: true,
  },
  hello_failed: {
    text: "is a node whose hello failed",
    cure: "it may be overloaded or no node of this network: look into its log",
  },
  peer_busy: {
    text: "is a node that has no room for another peer now",
    cure: "the nodes that it named are dialled: wait, or name more nodes with the option bootstrap",
  },
  peer_id_in_use: {
    text: "is connected to another node that has this node's libp2p key",
    cure: "stop one of the two nodes; remove libp2p.key of a copied data directory before its next start",
  },
  lost: {
    text: "was connected, and the connection ended",
    cure: "it is dialled again; if it does not come back, check that machine and the network between",
  },
  failed: {
    text: "cannot be dialled",
    cure: "look into the log of level debug",
  },
} as const satisfies Record<string, ReasonRow>;

export type DialReason = keyof typeof DIAL_REASONS;

export function describeDial(reason: DialReason): ReasonRow {
  return DIAL_REASONS[reason];
}

/** The reason of a refused hello, by its code. */
export function helloReason(code: ReasonCode): DialReason {
  switch (code) {
    case "wrong_protocol_version":
    case "wrong_network":
    case "wrong_genesis":
    case "wrong_rules":
    case "peer_busy":
    case "peer_id_in_use":
      return code;
    case "own_peer_id":
      return "own_address";
    default:
      return "hello_failed";
  }
}
