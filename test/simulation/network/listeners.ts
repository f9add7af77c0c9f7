import { VISITS_MAX } from "../../../src/network/constants.js";
import { dialRefused, dialSelf, dialTimeout, noRoom, wrongPeer } from "./errors.js";
import type { Host } from "./host.js";
import { SimConnection } from "./sim-connection.js";
import type { SimNet } from "./sim-net.js";

/** Limits of the product (`constants.ts` and `libp2p-node.ts` of src/network). */
const ADDRESS_DIAL_TIMEOUT_MS = 5000;
const INBOUND_CONNECTIONS_PER_SECOND = 32;
const FIRST_EPHEMERAL_PORT = 32_768;
const EPHEMERAL_PORTS = 28_000;
/** Half round trips of TCP, noise and the muxer until both ends are open. */
const HALF_TRIPS = 6;

interface Listener {
  /** Undefined while the machine is off. */
  host: Host | undefined;
  /** Inbound connections of each IP address in this second. */
  second: number;
  readonly arrivals: Map<string, number>;
}

/** Who listens where, and the dials. */
export class Listeners {
  readonly #net: SimNet;
  /** By IP address and port. */
  readonly #byAddress = new Map<string, Listener>();
  /** Machines that were seen, so that a closed port is refused and an address without machine is not answered. */
  readonly #machines = new Set<string>();

  constructor(net: SimNet) {
    this.#net = net;
  }

  /** False where another node listens there. */
  listen(host: Host, port: number): boolean {
    const key = `${host.ip}:${port}`;
    const known = this.#byAddress.get(key);
    if (known?.host !== undefined && known.host !== host && known.host.life.alive) return false;
    this.#machines.add(host.ip);
    this.#byAddress.set(key, { host, second: 0, arrivals: new Map() });
    return true;
  }

  crashed(host: Host, silent: boolean): void {
    for (const [key, listener] of this.#byAddress) {
      if (listener.host !== host) continue;
      if (silent) listener.host = undefined;
      else this.#byAddress.delete(key);
    }
  }

  left(host: Host): void {
    for (const [key, listener] of this.#byAddress) if (listener.host === host) this.#byAddress.delete(key);
  }

  clear(): void {
    this.#byAddress.clear();
  }

  /**
   * Dials from a host. `expected` is the peer id of the address. Calls back in the life of the dialer, once; an open
   * connection is not announced to the dialer yet.
   */
  dial(
    from: Host,
    { ip, port, expected }: { readonly ip: string; readonly port: number; readonly expected: string | undefined },
    settle: (result: SimConnection | Error) => void,
  ): void {
    const net = this.#net;
    const { schedule, counts } = net;
    const listener = this.#byAddress.get(`${ip}:${port}`);
    const host = listener?.host;
    const later = (afterMs: number, error: Error): void => {
      schedule.after(afterMs, from.life, () => settle(error));
    };
    const timeout = (sinceMs: number): void => {
      counts.dialsTimedOut++;
      later(ADDRESS_DIAL_TIMEOUT_MS - sinceMs, dialTimeout());
    };
    if (host === undefined || listener === undefined) {
      if (listener !== undefined || !this.#machines.has(ip)) timeout(0);
      else {
        counts.dialsRefused++;
        later(2 * net.transitMs(net.settingsOf(from.name, from.name)), dialRefused());
      }
      return;
    }
    const there = net.settingsOf(from.name, host.name);
    const back = net.settingsOf(host.name, from.name);
    const tripMs = net.transitMs(there) + net.transitMs(back);
    const unreachable = (): boolean =>
      !host.life.alive || net.isBlocked(from.name, host.name) || net.isBlocked(host.name, from.name);
    if (unreachable()) {
      timeout(0);
      return;
    }
    if (host === from) {
      later(tripMs, dialSelf());
      return;
    }
    if (expected !== undefined && expected !== host.peerId.toString()) {
      later(3 * tripMs, wrongPeer());
      return;
    }
    const handshakeMs = (tripMs * HALF_TRIPS) / 2;
    const arrivesMs = handshakeMs - tripMs / 2;
    // The acceptor decides at the first packet, and both ends are open after the handshake.
    schedule.after(arrivesMs, undefined, () => {
      if (!from.life.alive) return;
      if (unreachable()) return timeout(arrivesMs);
      if (!this.#hasRoom(host, listener, from.ip)) {
        counts.dialsRefused++;
        return later(tripMs / 2, noRoom());
      }
      const near = SimConnection.join(net, from, host, {
        dialer: `/ip4/${from.ip}/tcp/${FIRST_EPHEMERAL_PORT + (net.nextNumber() % EPHEMERAL_PORTS)}`,
        acceptor: `/ip4/${ip}/tcp/${port}`,
      });
      net.remember(near);
      schedule.after(0, host.life, () => host.opened(near.other));
      schedule.after(tripMs / 2, from.life, () => settle(near));
    });
  }

  #hasRoom(host: Host, listener: Listener, ip: string): boolean {
    let inbound = 0;
    for (const { direction } of host.connections) if (direction === "inbound") inbound++;
    const second = Math.floor(this.#net.schedule.nowUs / 1_000_000);
    if (listener.second !== second) {
      listener.second = second;
      listener.arrivals.clear();
    }
    const arrivals = (listener.arrivals.get(ip) ?? 0) + 1;
    listener.arrivals.set(ip, arrivals);
    if (arrivals > INBOUND_CONNECTIONS_PER_SECOND) return false;
    // Those beyond the share are visits: the product tells them so in its hello.
    return inbound < host.maxInbound + VISITS_MAX && host.connections.size < host.maxConnections + VISITS_MAX;
  }
}
