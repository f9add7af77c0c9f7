import type { Random } from "../world/random.js";
import type { Life } from "../world/schedule.js";
import { Emitter } from "./emitter.js";
import { connectionClosed, dialSelf } from "./errors.js";
import type { SimGossip } from "./gossip/sim-gossip.js";
import { type Host, peerIdOf, type SimPeerId, type StreamProtocol } from "./host.js";
import type { SimConnection } from "./sim-connection.js";
import type { SimNet } from "./sim-net.js";
import type { SimStream } from "./sim-stream.js";

/** The share of inbound connections (`constants.ts` of src/network). */
const INBOUND_SHARE = 0.75;
const FIRST_FREE_PORT = 20_000;

export interface SimLibp2pOptions {
  readonly libp2pKey: Uint8Array;
  readonly ip: string;
  readonly maxConnections: number;
}

/** The part of a libp2p node that the product uses. One object is one incarnation of a node. */
export class SimLibp2p extends Emitter implements Host {
  readonly name: string;
  readonly life: Life;
  readonly ip: string;
  readonly peerId: SimPeerId;
  readonly random: Random;
  readonly protocols = new Map<string, StreamProtocol>();
  readonly connections = new Set<SimConnection>();
  readonly maxInbound: number;
  readonly maxConnections: number;
  readonly peerStore = { delete: () => Promise.resolve() };
  gossip: SimGossip | undefined;
  readonly #net: SimNet;
  readonly #ports: number[] = [];
  /** Undefined after a change: the product asks at each tick. */
  #peers: readonly SimPeerId[] | undefined;

  constructor(net: SimNet, life: Life, { libp2pKey, ip, maxConnections }: SimLibp2pOptions) {
    super();
    this.#net = net;
    this.name = life.name;
    this.life = life;
    this.ip = ip;
    this.peerId = peerIdOf(libp2pKey);
    this.random = net.random.fork(life.name);
    this.maxConnections = maxConnections;
    this.maxInbound = Math.max(1, Math.floor(maxConnections * INBOUND_SHARE));
  }

  /** The registrar: which streams of peers are handled, and by what. */
  readonly registrar = {
    handle: (
      protocol: string,
      handle: StreamProtocol["handle"],
      { maxInboundStreams: maxInbound = 32 }: { readonly maxInboundStreams?: number } = {},
    ): Promise<void> => {
      this.protocols.set(protocol, { handle, maxInbound });
      return Promise.resolve();
    },
  };

  /** Peers with a connection. */
  getPeers(): readonly SimPeerId[] {
    if (this.#peers === undefined) {
      const byId = new Map<string, SimPeerId>();
      for (const { remotePeer } of this.connections) byId.set(remotePeer.toString(), remotePeer);
      this.#peers = [...byId.values()];
    }
    return this.#peers;
  }

  changed(): void {
    this.#peers = undefined;
  }

  getProtocols(): string[] {
    return [...this.protocols.keys()];
  }

  /** Addresses of the listeners, with /p2p/. */
  listening(): string[] {
    return this.#ports.map((port) => `/ip4/${this.ip}/tcp/${port}/p2p/${this.peerId}`);
  }

  /** Dials the addresses of one peer, one after the other. */
  async dial(
    addresses: readonly { toString(): string }[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<SimConnection> {
    const errors: unknown[] = [];
    for (const address of addresses) {
      try {
        return await this.#dial(address.toString(), signal);
      } catch (error) {
        if (signal?.aborted === true) throw error;
        errors.push(error);
      }
    }
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, "all dials failed");
  }

  /** Listens. Returns the address that is in use, or undefined. */
  listen(addresses: readonly string[]): string | undefined {
    for (const address of addresses) {
      const given = Number(address.split("/")[4] ?? 0);
      const port = given > 0 ? given : FIRST_FREE_PORT + this.#net.nextNumber();
      if (!this.#net.listeners.listen(this, port)) return address;
      this.#ports.push(port);
    }
    this.#net.joined(this);
    return undefined;
  }

  opened(connection: SimConnection): void {
    if (connection.status === "open") this.emit("connection:open", { detail: connection });
  }

  async stop(): Promise<void> {
    this.gossip?.stop();
    this.#net.left(this);
    for (const connection of [...this.connections]) await connection.close();
  }

  #dial(text: string, signal: AbortSignal | undefined): Promise<SimConnection> {
    const [, , ip = "", , port = "", , expected] = text.split("/");
    if (expected === this.peerId.toString()) return Promise.reject(dialSelf());
    for (const connection of this.connections) {
      if (expected !== undefined && connection.remotePeer.toString() === expected) return Promise.resolve(connection);
    }
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal?.reason);
      if (signal?.aborted === true) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      this.#net.listeners.dial(this, { ip, port: Number(port), expected }, (result) => {
        signal?.removeEventListener("abort", abort);
        if (result instanceof Error) return reject(result);
        if (result.status !== "open") return reject(connectionClosed());
        if (signal?.aborted === true) return void result.close();
        this.emit("connection:open", { detail: result });
        resolve(result);
      });
    });
  }
}

/** A handler of streams as the product registers it. */
export type StreamHandler = (stream: SimStream, connection: SimConnection) => void;
