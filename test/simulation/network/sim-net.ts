import type { Random } from "../world/random.js";
import type { Schedule } from "../world/schedule.js";
import { Blocks } from "./blocks.js";
import type { Host, ReadyPeer } from "./host.js";
import { Listeners } from "./listeners.js";
import { CALM_LINKS, type LinkSettings, NetCounts } from "./settings.js";
import type { SimConnection } from "./sim-connection.js";

/** How long TCP and the pings of libp2p take to find that a peer no longer answers, ms. */
const SILENCE_MIN_MS = 15_000;
const SILENCE_MAX_MS = 30_000;
/** Within this time of the restart of a machine each of its peers sends something, which the machine resets. */
const PING_MS = 10_000;

/**
 * The network of one world: links between nodes by name. Connections hold their end and their direction of the link,
 * so that a frame costs no lookup; a change of the network walks over the open connections.
 *
 * Not simulated: corruption in flight (noise detects it), relays, names, IPv6, NAT, loss of other frames than gossip
 * (TCP repairs it, which shows as latency), congestion between connections, pings while nothing else is wrong, and the
 * limits of libp2p on streams of a connection and on pending handshakes.
 */
export class SimNet {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly counts = new NetCounts();
  readonly listeners: Listeners;
  #settings: LinkSettings;
  readonly #links = new Map<string, LinkSettings>();
  readonly #blocks = new Blocks();
  /** One end of each open connection, that of the dialer. */
  readonly #connections = new Set<SimConnection>();
  readonly #ips = new Map<string, string>();
  readonly #slow = new Map<string, number>();
  readonly #hosts = new Map<string, Host>();
  /** Names of nodes by the peer ids that they have had. */
  readonly #names = new Map<string, string>();
  /** Rejected bundles, by the name of the node that sent them. */
  readonly rejected = new Map<string, number>();
  #number = 0;

  constructor(schedule: Schedule, random: Random, settings: Partial<LinkSettings> = {}) {
    this.schedule = schedule;
    this.random = random;
    this.#settings = { ...CALM_LINKS, ...settings };
    this.listeners = new Listeners(this);
  }

  /** Open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** The IP address of a node, for interfaces and dials. A node without one gets that which it listens on. */
  place(name: string, ip: string): void {
    this.#ips.set(name, ip);
  }

  ipOf(name: string): string | undefined {
    return this.#ips.get(name);
  }

  /** The settings of all links without own ones. */
  setSettings(settings: Partial<LinkSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#refresh();
  }

  /** Settings of one direction between two nodes; undefined: the common ones. */
  setLink(from: string, to: string, settings: Partial<LinkSettings> | undefined): void {
    if (settings === undefined) this.#links.delete(`${from}>${to}`);
    else this.#links.set(`${from}>${to}`, { ...this.#settings, ...settings });
    this.#refresh();
  }

  settingsOf(from: string, to: string): LinkSettings {
    return (this.#links.size > 0 ? this.#links.get(`${from}>${to}`) : undefined) ?? this.#settings;
  }

  /** Nodes of different groups do not reach each other. A node in no group reaches all. Returns how to end it. */
  partition(groups: readonly (readonly string[])[]): () => void {
    this.counts.partitions++;
    return this.#blocked(this.#blocks.partition(groups));
  }

  /** Blocks one direction: what is sent waits. */
  block(from: string, to: string): () => void {
    return this.#blocked(this.#blocks.block(from, to));
  }

  /** What the node sends no longer arrives; it still gets what others send. */
  mute(name: string): () => void {
    return this.#blocked(this.#blocks.block(name, undefined));
  }

  /** A link carries nothing in either direction, then delivers what waited. Its connections end if it takes long. */
  clog(a: string, b: string): () => void {
    this.counts.clogs++;
    const ends = [this.#blocks.block(a, b), this.#blocks.block(b, a)];
    return this.#blocked(() => {
      for (const end of ends) end();
    });
  }

  /** Ends every block. */
  heal(): void {
    this.#blocks.clear();
    this.#refresh();
  }

  isBlocked(from: string, to: string): boolean {
    return this.#blocks.has(from, to);
  }

  /** The node takes so long for each frame that it reads from a stream. Returns how to end it. */
  slowReader(name: string, delayMs: number): () => void {
    this.#slow.set(name, delayMs);
    return () => {
      if (this.#slow.get(name) === delayMs) this.#slow.delete(name);
    };
  }

  readDelayMs(name: string): number {
    return this.#slow.size === 0 ? 0 : (this.#slow.get(name) ?? 0);
  }

  /**
   * The process of a node ended without a goodbye; its life is over. Its system resets the connections, or, `silent`,
   * the machine is off: peers notice only by their time limits, and dials get no answer until it is back.
   */
  crashed(name: string, silent = false): void {
    const host = this.#hosts.get(name);
    if (host === undefined) return;
    this.#hosts.delete(name);
    this.counts.crashes++;
    if (silent) this.counts.silentCrashes++;
    this.listeners.crashed(host, silent);
    for (const connection of [...host.connections]) {
      if (silent) connection.other.expectLoss(this.#silenceMs(), "timeout");
      else connection.other.expectLoss(this.transitMs(connection.out.settings), "reset");
      connection.die();
    }
  }

  /** A node starts its transport. Peers that still hold connections to its life before learn that they are gone. */
  joined(host: Host): void {
    this.#names.set(host.peerId.toString(), host.name);
    this.#hosts.set(host.name, host);
    if (!this.#ips.has(host.name)) this.#ips.set(host.name, host.ip);
    for (const { other, host: dialer } of this.#connections) {
      for (const [dead, peer] of [
        [dialer, other],
        [other.host, other.other],
      ] as const) {
        if (dead.name === host.name && dead !== host && !dead.life.alive)
          peer.expectLoss(this.random.unit() * PING_MS, "reset");
      }
    }
  }

  /** The node with this peer id, also after its end. */
  nameOf(peer: string): string | undefined {
    return this.#names.get(peer);
  }

  /** A node rejected a bundle of the peer. */
  noteRejected(peer: string): void {
    const name = this.nameOf(peer) ?? peer;
    this.rejected.set(name, (this.rejected.get(name) ?? 0) + 1);
  }

  /** A node stops its transport in order. */
  left(host: Host): void {
    if (this.#hosts.get(host.name) === host) this.#hosts.delete(host.name);
    this.listeners.left(host);
  }

  /** The running transport of a node. */
  hostOf(name: string): Host | undefined {
    return this.#hosts.get(name);
  }

  /** The peers of a node whose hello succeeded, whether it dialled them, and since when they get its gossip. */
  readyPeers(name: string): readonly ReadyPeer[] {
    return this.#hosts.get(name)?.gossip?.readyPeers() ?? [];
  }

  /** A connection is open. */
  remember(connection: SimConnection): void {
    this.counts.connections++;
    this.#connections.add(connection);
  }

  /** Both ends of a connection are closed. */
  forget(connection: SimConnection): void {
    this.#connections.delete(connection);
    this.#connections.delete(connection.other);
  }

  nextNumber(): number {
    this.#number++;
    return this.#number;
  }

  transitMs({ minMs, meanMs }: LinkSettings): number {
    return minMs + this.random.exponential(meanMs);
  }

  /** Ends every connection. Nodes are not told. */
  stop(): void {
    this.#connections.clear();
    this.#hosts.clear();
    this.listeners.clear();
  }

  #silenceMs(): number {
    return SILENCE_MIN_MS + this.random.unit() * (SILENCE_MAX_MS - SILENCE_MIN_MS);
  }

  #blocked(end: () => void): () => void {
    this.#refresh();
    return () => {
      end();
      this.#refresh();
    };
  }

  /** Applies settings and blocks to the open connections. */
  #refresh(): void {
    for (const connection of [...this.#connections]) {
      const { out, other } = connection;
      let wasBlocked = false;
      let isBlocked = false;
      for (const pipe of [out, other.out]) {
        pipe.settings = this.settingsOf(pipe.from.name, pipe.to.name);
        const blocked = this.#blocks.has(pipe.from.name, pipe.to.name);
        wasBlocked ||= pipe.isBlocked;
        isBlocked ||= blocked;
        if (blocked && !pipe.isBlocked) pipe.block();
        else if (!blocked) pipe.unblock();
      }
      if (isBlocked === wasBlocked) continue;
      for (const end of [connection, other]) {
        if (isBlocked) end.expectLoss(this.#silenceMs(), "timeout");
        else if (end.other.host.life.alive) end.hope();
      }
    }
  }
}
