import { setMaxListeners } from "node:events";
import type { Connection, Stream } from "@libp2p/interface";
import type { Acceptance } from "../engine/effects.js";
import { NetworkError, type ReasonCode } from "../protocol/errors.js";
import type { HelloRest } from "../protocol/hello.js";
import { AddressBook } from "./address-book.js";
import { addressScope, claimedAddresses, type DialAddress, hostAddresses, parseAddress } from "./address-scope.js";
import { Connections } from "./connections.js";
import { HELLO_PROTOCOL, HOSTS_MAX, P2P_PORT, PEERS_PROTOCOL, SYNC_PROTOCOL, TICK_MS } from "./constants.js";
import { dialAny } from "./dial.js";
import { Gossip } from "./gossip.js";
import { createNode, type Libp2pNode, startNode } from "./libp2p-node.js";
import { PeerExchange } from "./peer-exchange.js";
import { Redial } from "./redial.js";
import type { Session } from "./session.js";
import { SyncStreams } from "./sync-streams.js";
import { knownFor, usableBy } from "./told-addresses.js";
import type { Network, NetworkOptions, PeerConnection, PublishResult } from "./types.js";

/** The rooms of the transport put together over one libp2p node. */
export class P2pNetwork implements Network {
  readonly peerId: string;
  readonly #options: NetworkOptions;
  readonly #node: Libp2pNode;
  readonly #connections: Connections;
  readonly #gossip: Gossip;
  readonly #sync: SyncStreams;
  readonly #exchange: PeerExchange;
  readonly #book: AddressBook;
  readonly #redial: Redial;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;

  /** Builds and starts everything; after a failure nothing is left running. */
  static async start(options: NetworkOptions): Promise<P2pNetwork> {
    const bootstrap = options.bootstrap.map((text) => {
      const address = parseAddress(text);
      if (address === undefined)
        throw new NetworkError("bad_parameters", `not an address that can be dialled: ${text}`);
      return address;
    });
    let network: P2pNetwork | undefined;
    const node = await createNode(options, (connection) => network?.sessionOf(connection));
    network = new P2pNetwork(options, node, bootstrap);
    await network.#start();
    return network;
  }

  private constructor(options: NetworkOptions, node: Libp2pNode, bootstrap: readonly DialAddress[]) {
    const { handlers } = options;
    const { libp2p } = node;
    setMaxListeners(0, this.#stopping.signal);
    this.#options = options;
    this.#node = node;
    this.peerId = libp2p.peerId.toString();
    this.#connections = new Connections({
      identity: options.identity,
      blake3: options.blake3,
      signer: options.signer,
      verify: options.verify,
      handlers,
      ownPeerId: libp2p.peerId.toMultihash().bytes,
      ownPeer: this.peerId,
      restFor: (connection) => this.#restFor(connection),
      isConfigured: (peer) => this.#redial.isConfigured(peer),
      events: {
        ready: (session, rest) => this.#onReady(session, rest),
        gone: (session) => this.#onGone(session),
        closed: (session) => this.#onClosed(session),
      },
      nowMs: Date.now,
    });
    this.#gossip = new Gossip(node.pubsub, {
      topics: options.topics,
      bundleMaxBytes: options.identity.rules.bundleMaxBytes,
      blake3: options.blake3,
      handlers,
      readyOf: (peer) => this.#connections.readyOf(peer),
      nowMs: Date.now,
    });
    const drop = (session: Session, code: ReasonCode) => {
      handlers.fault(session.peer, code);
      this.disconnect(session.peer, code);
    };
    this.#sync = new SyncStreams({
      handlers,
      lose: (session, code, what) => this.#connections.lose(session, code, what),
      drop,
      nowMs: Date.now,
    });
    this.#exchange = new PeerExchange({
      readySessions: () => this.#connections.readySessions(),
      knownFor: (session) => this.#knownFor(session.connection),
      told: ({ connection }, known) => this.#redial.addHints(known, addressScope(connection.remoteAddr.toString())),
      drop,
      nowMs: Date.now,
    });
    this.#book = new AddressBook(options.addressStore, () =>
      handlers.log("warn", "the address book can't be read or written; known peers are kept in memory only", {}),
    );
    this.#redial = new Redial(
      {
        ownPeer: this.peerId,
        dial: (addresses) => this.#dial(addresses),
        isConnected: (peer) => this.#isConnected(peer),
        connectedCount: () => libp2p.getPeers().length,
        nowMs: Date.now,
        random: Math.random,
      },
      bootstrap,
    );
  }

  sessionOf(connection: Connection): Session | undefined {
    return this.#connections.sessionOf(connection);
  }

  addresses(): string[] {
    return this.#node.libp2p.getMultiaddrs().map(String);
  }

  publish(topic: string, bundle: Uint8Array): Promise<PublishResult> {
    return this.#gossip.publish(topic, bundle);
  }

  verdict(messageId: string, _peer: string, acceptance: Acceptance): void {
    this.#gossip.verdict(messageId, acceptance);
  }

  async send(
    peer: string,
    frame: Uint8Array,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const session = this.#connections.readyOf(peer);
    if (session === undefined) throw new NetworkError("peer_gone", "no connection to this peer");
    await this.#sync.send(session, frame, options.timeoutMs, options.signal);
  }

  disconnect(peer: string, code: ReasonCode): void {
    this.#options.handlers.log("debug", "closing the connection to a peer", { peer, code });
    this.#connections.drop(peer, code);
    this.#redial.avoid(peer);
  }

  peers(): PeerConnection[] {
    return [...this.#connections.all()].map((session) => ({
      peer: session.peer,
      key: session.facts?.key,
      address: session.connection.remoteAddr.toString(),
      dialed: session.dialed,
      state: session.facts === undefined ? "connecting" : "ready",
      agent: session.facts?.agent ?? "",
      connectedMs: session.openedMs,
      latencyMs: session.latencyMs,
      topics: this.#gossip.topicsOf(session.peer),
      sync: this.#sync.stateOf(session),
      gossip: this.#gossip.stateOf(session.peer),
    }));
  }

  async dial(address: string): Promise<void> {
    const parsed = parseAddress(address);
    if (parsed === undefined) throw new NetworkError("bad_parameters", "not an address that can be dialled");
    try {
      await this.#dial([parsed]);
    } catch (error) {
      if (error instanceof NetworkError) throw error;
      throw new NetworkError("peer_gone", `${address} can't be reached`, { cause: error });
    }
  }

  hosts(hosts: readonly string[]): void {
    this.#redial.addHosts(hostAddresses(hosts.slice(0, HOSTS_MAX), P2P_PORT, this.addresses()));
  }

  sizes(): Readonly<Record<string, number>> {
    return {
      ...this.#connections.sizes(),
      ...this.#gossip.sizes(),
      ...this.#sync.sizes(),
      ...this.#exchange.sizes(),
      addressBook: this.#book.size,
      redialTargets: this.#redial.size,
      spentHints: this.#redial.spentHints,
    };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<void> {
    const { libp2p, registrar } = this.#node;
    libp2p.addEventListener("connection:open", this.#onOpen);
    await registrar.handle(
      HELLO_PROTOCOL,
      (stream, connection) => {
        this.#connections.acceptHelloStream(stream, connection);
      },
      { maxInboundStreams: 1, maxOutboundStreams: 1 },
    );
    await this.#handle(SYNC_PROTOCOL, (session, stream) => this.#sync.accept(session, stream));
    await this.#handle(PEERS_PROTOCOL, (session, stream) => this.#exchange.accept(session, stream));
    await this.#book.load();
    this.#redial.addKnown(this.#book.latest());
    try {
      await startNode(libp2p, this.#options.listen);
    } catch (error) {
      libp2p.removeEventListener("connection:open", this.#onOpen);
      throw error;
    }
    this.#gossip.start();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#redial.tick();
  }

  /** Streams of a protocol that is spoken after hello only. */
  async #handle(protocol: string, accept: (session: Session, stream: Stream) => void): Promise<void> {
    await this.#node.registrar.handle(
      protocol,
      (stream, connection) => {
        const session = this.sessionOf(connection);
        if (session === undefined) stream.abort(new Error("the connection is closing"));
        else session.admit(stream, () => accept(session, stream));
      },
      { maxInboundStreams: 2, maxOutboundStreams: 2 },
    );
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    this.#gossip.stop();
    await this.#connections.closeAll();
    await this.#node.libp2p.stop();
    this.#node.libp2p.removeEventListener("connection:open", this.#onOpen);
    await this.#book.stop();
  }

  readonly #onOpen = (event: CustomEvent<Connection>): void => {
    this.sessionOf(event.detail);
  };

  #tick(): void {
    for (const { peer, code, what } of this.#gossip.watch(this.#connections.readyPeers(), Date.now())) {
      const session = this.#connections.readyOf(peer);
      if (session !== undefined) this.#connections.lose(session, code, what);
    }
    this.#sync.watch();
    this.#exchange.tick();
    this.#redial.tick();
  }

  #onReady(session: Session, rest: HelloRest): void {
    const { facts, peer, connection } = session;
    if (facts === undefined) return;
    const remote = parseAddress(connection.remoteAddr.toString());
    const scope = remote?.scope ?? "none";
    const claimed = claimedAddresses(peer, rest.addresses, scope);
    const dialed = session.dialed && remote !== undefined ? [`${remote.bare}/p2p/${peer}`] : [];
    const addresses = [...new Set([...dialed, ...claimed])];
    this.#book.reached(peer, addresses, Date.now());
    this.#redial.reached(
      peer,
      addresses.map(parseAddress).filter((address) => address !== undefined),
    );
    this.#redial.addHints(rest.known, scope);
    this.#exchange.ready();
    this.#sync.ready(session);
    this.#options.handlers.peerReady(facts);
    void this.#node.gate.connected(session);
  }

  #onGone(session: Session): void {
    this.#node.gate.disconnected(session);
    this.#options.handlers.peerGone(session.peer);
  }

  #onClosed(session: Session): void {
    this.#sync.forget(session);
    this.#exchange.forget(session);
    if (this.#stopping.signal.aborted || this.#isConnected(session.peer)) return;
    // libp2p remembers every peer it ever met; what is worth remembering is in the address book.
    this.#node.libp2p.peerStore.delete(session.connection.remotePeer).catch(() => undefined);
    this.#redial.lost(session.peer, Date.now() - session.openedMs);
  }

  #isConnected(peer: string): boolean {
    for (const session of this.#connections.all()) if (session.peer === peer) return true;
    return false;
  }

  #dial(addresses: readonly DialAddress[]): Promise<string> {
    return dialAny(this.#node.libp2p, addresses, this.#stopping.signal, (address) => {
      const isBootstrap = this.#options.bootstrap.some((given) => parseAddress(given)?.bare === address);
      const text = "an address leads to this node itself; remove it from the bootstrap list";
      this.#options.handlers.log(isBootstrap ? "warn" : "debug", text, { address });
    });
  }

  /** What this node says of itself to the other end: addresses only as far as that end can use them. */
  #restFor(connection: Connection): HelloRest {
    const scope = addressScope(connection.remoteAddr.toString());
    return {
      ...this.#options.rest(),
      addresses: usableBy(scope, this.addresses()),
      known: this.#knownFor(connection),
    };
  }

  #knownFor(connection: Connection): string[] {
    return knownFor(this.#book.latest(), connection.remotePeer.toString(), connection.remoteAddr.toString());
  }
}
