import type { ChainEventBody } from "./fake-chain.js";
import { type FakePeer, MAX_PEERS, type PeerDescription } from "./fake-peers.js";

export interface PeerSetPorts {
  /** The default fields of a peer. */
  defaults(): Omit<FakePeer, "addr">;
  report(event: string, peer: FakePeer): void;
}

/** The peers of a fake daemon, by address. Each change sends an event, unless the peer is hidden. */
export class PeerSet {
  readonly #ports: PeerSetPorts;
  readonly #peers = new Map<string, FakePeer>();

  constructor(ports: PeerSetPorts) {
    this.#ports = ports;
  }

  list(): readonly FakePeer[] {
    return [...this.#peers.values()];
  }

  connect(description: PeerDescription): FakePeer {
    if (this.#peers.size >= MAX_PEERS) throw new RangeError(`the daemon takes ${MAX_PEERS} peers`);
    return this.#set("peer_connected", { ...this.#ports.defaults(), ...description });
  }

  /** The peer reported the height of its chain. */
  update(addr: string, changes: Partial<Pick<FakePeer, "topoheight" | "height">>): void {
    const peer = this.#peers.get(addr);
    if (peer !== undefined) this.#set("peer_state_updated", { ...peer, ...changes });
  }

  disconnect(addr: string): void {
    const peer = this.#peers.get(addr);
    if (peer === undefined) return;
    this.#peers.delete(addr);
    if (!peer.hidden) this.#ports.report("peer_disconnected", peer);
  }

  #set(event: ChainEventBody["event"], peer: FakePeer): FakePeer {
    this.#peers.set(peer.addr, peer);
    if (!peer.hidden) this.#ports.report(event, peer);
    return peer;
  }
}
