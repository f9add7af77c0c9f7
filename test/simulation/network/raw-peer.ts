import type { Acceptance, PeerFacts } from "../../../src/engine/index.js";
import { createNetwork, type Network, type NetworkOptions } from "../../../src/network/index.js";
import type { ReasonCode } from "../../../src/protocol/errors.js";
import { type Life, Life as NewLife } from "../world/schedule.js";
import { controlRpc, type GossipMessage, garbageRpc, messageRpc, type Rpc } from "./gossip/rpc.js";
import type { SimGossip } from "./gossip/sim-gossip.js";
import type { Host } from "./host.js";
import type { SimNet } from "./sim-net.js";
import type { SimStream } from "./sim-stream.js";

const SYNC_PROTOCOL = "/tos-ai/sync/1";
const GOSSIP_PROTOCOLS = "/meshsub/";

type Hello = Pick<NetworkOptions, "identity" | "blake3" | "libp2pKey" | "signer" | "verify" | "rest" | "topics">;

/**
 * A peer under control of a behaviour. Its hello has any fields (`identity`, `rest`, `signer`; a signer that never
 * answers stalls it). It obeys flow control, as the muxer of its peers enforces it.
 */
export interface RawPeerOptions extends Hello {
  readonly name: string;
  /** Several peers may have one. */
  readonly ip: string;
  readonly port: number;
  readonly bootstrap?: readonly string[];
  readonly onReady?: (facts: PeerFacts) => void;
  readonly onGone?: (peer: string) => void;
  /** The next frame of the peer is read when the promise resolves; never: it stops reading. */
  readonly onFrame?: (peer: string, bytes: Uint8Array) => Promise<void>;
  /** The verdict on a message; `accept` forwards it. Default: `ignore`, so that the peer withholds what it gets. */
  readonly onGossip?: (peer: string, topic: string, bytes: Uint8Array) => Acceptance;
}

/** See {@link RawPeerOptions}. It runs the product's transport, and can go around its rules. */
export class RawPeer {
  readonly name: string;
  readonly life: Life;
  readonly ready = new Map<string, PeerFacts>();
  readonly #net: SimNet;
  readonly #network: Network;
  readonly #host: Host;

  private constructor(net: SimNet, life: Life, network: Network, host: Host) {
    this.name = life.name;
    this.life = life;
    this.#net = net;
    this.#network = network;
    this.#host = host;
  }

  /** Resolves when the peer listens. Await it while the schedule runs. */
  static async start(net: SimNet, options: RawPeerOptions): Promise<RawPeer> {
    const { name, ip, port, bootstrap = [], onReady, onGone, onFrame, onGossip, ...hello } = options;
    const life = new NewLife(name);
    net.place(name, ip);
    const made: { peer?: RawPeer } = {};
    const network = await net.schedule.within(life, () =>
      createNetwork({
        ...hello,
        bootstrap,
        listen: [`/ip4/${ip}/tcp/${port}`],
        addressStore: { load: async () => [], save: async () => undefined },
        handlers: {
          gossip: ({ peer, topic, messageId, bytes }) =>
            made.peer?.network.verdict(messageId, peer, onGossip?.(peer, topic, bytes) ?? "ignore"),
          gossipRoom: () => undefined,
          connectionRefused: () => undefined,
          librarySaving: () => undefined,
          peerReady: (facts) => {
            made.peer?.ready.set(facts.peer, facts);
            onReady?.(facts);
          },
          peerGone: (peer) => {
            made.peer?.ready.delete(peer);
            onGone?.(peer);
          },
          peerSubscribed: () => undefined,
          frame: (peer, bytes) => onFrame?.(peer, bytes) ?? Promise.resolve(),
          fault: () => undefined,
          dialFailed: () => undefined,
          gossipDropped: () => undefined,
          log: () => undefined,
        },
      }),
    );
    const host = net.hostOf(name);
    if (host === undefined) throw new Error(`${name} does not run`);
    made.peer = new RawPeer(net, life, network, host);
    return made.peer;
  }

  get network(): Network {
    return this.#network;
  }

  /** Multiaddr with its peer id. */
  get address(): string {
    return this.#network.addresses()[0] ?? "";
  }

  dial(address: string): Promise<void> {
    return this.#within(() => this.#network.dial(address));
  }

  /** One frame in the send queue of the product, which bounds its size and waits for a slow peer. */
  sendFrame(peer: string, frame: Uint8Array): Promise<void> {
    return this.#within(() => this.#network.send(peer, frame));
  }

  /** Any bytes on the sync stream, beyond the queue and without a length. False without a stream. */
  writeBytes(peer: string, bytes: Uint8Array): boolean {
    return this.#within(() => {
      const stream = this.#ownStream(peer, SYNC_PROTOCOL);
      if (stream === undefined || stream.writeStatus !== "writable") return false;
      stream.send(bytes);
      return true;
    });
  }

  /** Sends a message to these peers or to all, in the mesh or not, with or without a claimed author. */
  gossip(peers: readonly string[] | "all", topic: string, bytes: Uint8Array, author?: Uint8Array): number {
    const message = this.#gossip().message(topic, bytes);
    const claimed: GossipMessage = author === undefined ? message : { ...message, from: author };
    return this.#inject(peers, messageRpc([claimed]));
  }

  /** Bytes that are no frame of gossip. */
  garbage(peers: readonly string[] | "all", bytes: Uint8Array): number {
    return this.#inject(peers, garbageRpc(bytes));
  }

  /** GRAFT and PRUNE entries; they need not be those of its mesh. */
  control(peers: readonly string[] | "all", graft: readonly string[], prune: readonly string[]): number {
    const entries = (topics: readonly string[]) => topics.map((topicID) => ({ topicID }));
    return this.#inject(peers, controlRpc({ graft: entries(graft), prune: entries(prune) }));
  }

  /** Tells ids of messages, whether it has them or not. */
  advertise(peers: readonly string[] | "all", topicID: string, messageIDs: readonly string[]): number {
    return this.#inject(peers, controlRpc({ ihave: [{ topicID, messageIDs }] }));
  }

  /** Ends its own stream of a protocol, and opens no other. False without one. */
  endStream(peer: string, protocol: "sync" | "gossip"): boolean {
    return this.#within(() => {
      const stream = this.#ownStream(peer, protocol === "sync" ? SYNC_PROTOCOL : GOSSIP_PROTOCOLS);
      if (stream === undefined) return false;
      void stream.close().catch(() => undefined);
      return true;
    });
  }

  close(peer: string, code: ReasonCode = "stopped"): void {
    this.#within(() => this.#network.disconnect(peer, code));
  }

  stop(): Promise<void> {
    return this.#within(() => this.#network.stop());
  }

  #inject(peers: readonly string[] | "all", rpc: Rpc): number {
    const gossip = this.#gossip();
    const chosen = peers === "all" ? [...gossip.streamsOutbound.keys()] : peers;
    return this.#within(() => chosen.filter((peer) => gossip.inject(peer, rpc)).length);
  }

  #gossip(): SimGossip {
    const { gossip } = this.#host;
    if (gossip === undefined) throw new Error(`${this.name} has no gossip`);
    return gossip;
  }

  /** The first one that it opened whose protocol begins so. */
  #ownStream(peer: string, protocol: string): SimStream | undefined {
    for (const { remotePeer, streams } of this.#host.connections) {
      if (remotePeer.toString() !== peer) continue;
      for (const stream of streams)
        if (stream.protocol.startsWith(protocol) && stream.direction === "outbound") return stream;
    }
    return undefined;
  }

  #within<T>(work: () => T): T {
    return this.#net.schedule.within(this.life, work);
  }
}
