import type { JsonObject } from "./daemon-json.js";
import type { FakeChain } from "./fake-chain.js";

/** The daemon takes no more. */
export const MAX_PEERS = 32;

/** A peer as a test describes it; what is left out is as a peer would have it. */
export interface PeerDescription {
  /** `ip:port`; an incoming peer's port is an ephemeral one. */
  readonly addr: string;
  /** The port on which it listens. */
  readonly localPort?: number;
  readonly tag?: string | null;
  /** Does not want its address shared: counted, never shown, and no event tells of it. */
  readonly hidden?: boolean;
  readonly topoheight?: number;
  readonly height?: number;
}

export interface FakePeer extends Required<PeerDescription> {
  /** A u64, random at each of the peer's starts. */
  readonly id: bigint;
  readonly connectedOnSeconds: number;
}

/** `get_peers` shows it, and the events of peers carry it. */
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

/** `p2p_status` without the daemon's own name: best is 0 without peers, the median counts the daemon in. */
export function topoheightsOf(
  peers: readonly FakePeer[],
  own: number,
): { readonly best: number; readonly median: number } {
  const theirs = peers.map(({ topoheight }) => topoheight);
  const all = [...theirs, own].sort((a, b) => a - b);
  return { best: Math.max(0, ...theirs), median: all[Math.floor(all.length / 2)] ?? own };
}
