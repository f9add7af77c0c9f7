import type { DaemonPeer } from "./answers.js";

/** The most hosts in one event: discovery needs a few dozen. */
export const HOSTS_MAX = 64;
/** The most daemon connections remembered; the daemon holds 32. The oldest is dropped. */
export const PEERS_MAX = 256;

/** The IP addresses of the daemon's peers. Their ports are of no use to other programs. */
export class HostBook {
  /** IPs by address and port: two peers may share a host. */
  readonly #peers = new Map<string, string>();
  #emitted = "";

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

  /** The hosts, newest first; undefined if they did not change since the last call. */
  take(): readonly string[] | undefined {
    const hosts = [...new Set([...this.#peers.values()].reverse())].slice(0, HOSTS_MAX);
    const text = hosts.toSorted().join(" ");
    if (text === this.#emitted) return undefined;
    this.#emitted = text;
    return hosts;
  }
}
