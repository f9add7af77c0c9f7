import type { JsonObject } from "./daemon-json.js";
import type { FakeChain } from "./fake-chain.js";

/** The daemon's cap of peers. */
export const MAX_PEERS = 32;

/** A test's description of a peer; other fields have defaults. */
export interface PeerDescription {
  /** `ip:port`; an incoming peer's port is an ephemeral one. */
  readonly addr: string;
  /** The port on which it listens. */
  readonly localPort?: number;
  readonly tag?: string | null;
  /** The peer does not share its address: it is counted, but neither shown nor in events. */
  readonly hidden?: boolean;
  readonly topoheight?: number;
  readonly height?: number;
}

export interface FakePeer extends Required<PeerDescription> {
  /** A u64, random at each start of the peer. */
  readonly id: bigint;
  readonly connectedOnSeconds: number;
}

/** A peer in the form of `get_peers` and of peer events. */
export function peerJson(peer: FakePeer, chain: FakeChain, version: string, nowMs: number): JsonObject {
  return {
    addr: peer.addr,
    bytes_recv: 1445,
    bytes_sent: 1581,
    connected_on: peer.connectedOnSeconds,
    cumulative_difficulty: String(chain.at(peer.topoheight)?.cumulativeDifficulty ?? 1),
    height: peer.height,
    id: peer.id,
    last_ping: Math.floor(nowMs / 1000),
    local_port: peer.localPort,
    peers: {},
    pruned_topoheight: null,
    tag: peer.tag,
    top_block_hash: chain.at(peer.topoheight)?.hash ?? chain.top.hash,
    topoheight: peer.topoheight,
    version,
  };
}

/** The topoheights of `p2p_status`: the best is 0 without peers, the median includes the daemon. */
export function topoheightsOf(
  peers: readonly FakePeer[],
  own: number,
): { readonly best: number; readonly median: number } {
  const theirs = peers.map(({ topoheight }) => topoheight);
  const all = [...theirs, own].sort((a, b) => a - b);
  return { best: Math.max(0, ...theirs), median: all[Math.floor(all.length / 2)] ?? own };
}
