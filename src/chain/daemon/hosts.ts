import type { DaemonPeer } from "./answers.js";

/** Hosts told: hints for discovery, of which a node needs a few dozen. */
export const HOSTS_MAX = 64;
/** Connections of the daemon that are remembered; it holds 32. The oldest is forgotten. */
export const PEERS_MAX = 256;

/** Where the daemon's peers are. Its own addresses carry ports that mean nothing to anybody else. */
export class HostBook {
  /** IPs by address and port: two peers may share a host. */
  readonly #peers = new Map<string, string>();
  #told = "";

  get size(): number {
    return this.#peers.size;
  }

  replace(peers: readonly DaemonPeer[]): void {
    this.#peers.clear();
    for (const peer of peers) this.connected(peer);
  }

  connected({ address, ip }: DaemonPeer): void {
    this.#peers.delete(address);
    this.#peers.set(address, ip);
    if (this.#peers.size <= PEERS_MAX) return;
    for (const oldest of this.#peers.keys()) {
      this.#peers.delete(oldest);
      return;
    }
  }

  disconnected({ address }: DaemonPeer): void {
    this.#peers.delete(address);
  }

  /** The hosts, the newest first; undefined: they are those that were taken last. */
  take(): readonly string[] | undefined {
    const hosts = [...new Set([...this.#peers.values()].reverse())].slice(0, HOSTS_MAX);
    const text = hosts.toSorted().join(" ");
    if (text === this.#told) return undefined;
    this.#told = text;
    return hosts;
  }
}
