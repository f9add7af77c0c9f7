import { setMaxListeners } from "node:events";
import type { Connection, Stream } from "@libp2p/interface";
import type { Acceptance } from "../engine/index.js";
import { NetworkError, type ReasonCode } from "../protocol/errors.js";
import { parseAddress } from "./addresses/index.js";
import { ANNOUNCED_MAX, HELLO_PROTOCOL, PEERS_PROTOCOL, SYNC_PROTOCOL, TICK_MS } from "./constants.js";
import { Contacts } from "./contacts.js";
import { checkAddresses, checkOwnIds } from "./dial/index.js";
import { Gossip } from "./gossip/index.js";
import { createNode, type Libp2pNode, startNode } from "./libp2p-node.js";
import { PeerExchange } from "./peer-exchange.js";
import type { Reach } from "./reach/index.js";
import {
  answerIdentify,
  Connections,
  type HelloSuccess,
  inboundPlaces,
  RejectedPeers,
  type Session,
} from "./sessions/index.js";
import { steadyMs } from "./steady-clock.js";
import { SyncStreams } from "./sync/index.js";
import type { Network, NetworkOptions, PeerConnection, PeerSender, PublishResult, SendOptions } from "./types.js";

/** Connects the parts of the transport over one libp2p node. */
export class P2pNetwork implements Network {
  readonly peerId: string;
  readonly #options: NetworkOptions;
  readonly #node: Libp2pNode;
  readonly #connections: Connections;
  readonly #gossip: Gossip;
  readonly #rejected: RejectedPeers;
  readonly #sync: SyncStreams;
  readonly #exchange: PeerExchange;
  readonly #contacts: Contacts;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;

  /** Builds and starts everything; after a failure nothing is left running. */
  static async start(options: NetworkOptions): Promise<P2pNetwork> {
    checkAddresses(options.bootstrap, "dial");
    checkAddresses(options.listen, "listen");
    checkAddresses(options.announce ?? [], "announce");
    if ((options.announce?.length ?? 0) > ANNOUNCED_MAX)
      throw new NetworkError("bad_parameters", `more than ${ANNOUNCED_MAX} addresses to announce`);
    let network: P2pNetwork | undefined;
    const node = await createNode(options, (connection) => network?.sessionOf(connection));
    checkOwnIds(options.announce ?? [], node.libp2p.peerId.toString());
    network = new P2pNetwork(options, node);
    await network.#start();
    return network;
  }

  private constructor(options: NetworkOptions, node: Libp2pNode) {
    const { identity, blake3, signer, verify, handlers } = options;
    const { libp2p } = node;
    setMaxListeners(0, this.#stopping.signal);
    this.#options = options;
    this.#node = node;
    this.peerId = libp2p.peerId.toString();
    this.#connections = new Connections({
      ...{ identity, blake3, signer, verify, handlers },
      ownPeerId: libp2p.peerId.toMultihash().bytes,
      ownPeer: this.peerId,
      restFor: (connection) => ({ ...options.rest(), ...this.#contacts.restFor(connection) }),
      knownFor: (connection) => this.#contacts.knownFor(connection),
      inboundPlaces: inboundPlaces(options.maxConnections),
      isConfigured: (peer) => this.#contacts.isConfigured(peer),
      isExtra: (peer) => this.#contacts.isExtra(peer),
      events: {
        ready: (session, hello) => this.#onReady(session, hello),
        gone: (session) => this.#onGone(session),
        closed: (session) => this.#onClosed(session),
        refused: (reason, refuser) => this.#contacts.refused(reason, refuser),
        referred: ({ connection }, known) => this.#contacts.hints(connection, known),
      },
      nowMs: steadyMs,
    });
    this.#gossip = new Gossip(node.pubsub, {
      topics: options.topics,
      bundleMaxBytes: options.identity.rules.bundleMaxBytes,
      blake3: options.blake3,
      handlers,
      readyOf: (peer) => this.#connections.readyOf(peer),
      rejected: (peer) => this.#rejected.rejected(peer),
      nowMs: steadyMs,
    });
    this.#rejected = new RejectedPeers({
      handlers,
      isConfigured: (peer) => this.#contacts.isConfigured(peer),
      close: (peer) => this.disconnect(peer, "rejected_bundles"),
      nowMs: steadyMs,
    });
    const drop = (session: Session, code: ReasonCode) => {
      handlers.fault(session.peer, code);
      this.disconnect(session.peer, code);
    };
    this.#sync = new SyncStreams({
      handlers,
      lose: (session, code, what) => this.#connections.lose(session, code, what),
      drop,
      nowMs: steadyMs,
    });
    this.#exchange = new PeerExchange({
      readySessions: () => this.#connections.readySessions(),
      knownFor: ({ connection }) => this.#contacts.knownFor(connection),
      received: ({ connection }, known) => this.#contacts.hints(connection, known),
      drop,
      nowMs: steadyMs,
    });
    this.#contacts = new Contacts({
      ...options,
      libp2p,
      listening: node.listening,
      isConnected: (peer) => this.#connections.sessions.isConnected(peer),
      readyPeers: () => this.#connections.readyCount,
      release: (peer) => this.#connections.release(peer),
      stopping: this.#stopping.signal,
    });
  }

  /** Undefined for a connection that is closing or refused. */
  sessionOf(connection: Connection): Session | undefined {
    const known = this.#connections.sessions.get(connection.id);
    if (known !== undefined) return known;
    return this.#rejected.admits(connection) ? this.#connections.sessionOf(connection) : undefined;
  }

  get refusing(): number {
    return this.#rejected.sizes.refusing;
  }

  addresses(): string[] {
    return this.#contacts.own.listening();
  }

  get reach(): Reach {
    return this.#contacts.reach;
  }

  get readyCount(): number {
    return this.#connections.readyCount;
  }

  readyAddressOf(key: string): string | undefined {
    for (const { facts, connection } of this.#connections.readySessions()) {
      if (facts?.key === key) return connection.remoteAddr.toString();
    }
    return undefined;
  }

  publish(topic: string, bundle: Uint8Array): Promise<PublishResult> {
    return this.#gossip.publish(topic, bundle);
  }

  verdict(messageId: string, peer: string, acceptance: Acceptance): void {
    this.#gossip.verdict(messageId, peer, acceptance);
  }

  send(peer: string, frame: Uint8Array, options?: SendOptions): Promise<void> {
    return this.sender(peer).send(frame, options);
  }

  sender(peer: string): PeerSender {
    const session = this.#connections.readyOf(peer);
    const send = async (frame: Uint8Array, { timeoutMs, signal }: SendOptions = {}): Promise<void> => {
      if (session === undefined) throw new NetworkError("peer_gone", "no connection to this peer");
      await this.#sync.send(session, frame, timeoutMs, signal);
    };
    return { peer, send };
  }

  disconnect(peer: string, code: ReasonCode): void {
    this.#options.handlers.log("debug", "closing the connection to a peer", { peer, code });
    this.#connections.drop(peer, code);
    this.#contacts.avoid(peer);
  }

  peers(): PeerConnection[] {
    const mesh = this.#gossip.meshTopics();
    return [...this.#connections.sessions.all()].map((session) => ({
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
      meshTopics: mesh.get(session.peer) ?? 0,
    }));
  }

  async dial(address: string): Promise<void> {
    const parsed = parseAddress(address);
    if (parsed === undefined) throw new NetworkError("bad_parameters", "not an address that can be dialled");
    try {
      await this.#contacts.dial([parsed]);
    } catch (error) {
      if (error instanceof NetworkError) throw error;
      throw new NetworkError("peer_gone", `${address} can't be reached`, { cause: error });
    }
  }

  hosts(hosts: readonly string[]): void {
    this.#contacts.hosts(hosts);
  }

  sizes(): Readonly<Record<string, number>> {
    return {
      ...this.#connections.sizes(),
      refusals: this.#rejected.sizes.refusals,
      ...this.#gossip.sizes(),
      ...this.#sync.sizes(),
      ...this.#exchange.sizes(),
      ...this.#contacts.sizes(),
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
        if (this.sessionOf(connection) === undefined) stream.abort(new Error("the connection is closing"));
        else this.#connections.acceptHelloStream(stream, connection);
      },
      { maxInboundStreams: 1, maxOutboundStreams: 1 },
    );
    await answerIdentify(libp2p, registrar);
    await this.#handle(SYNC_PROTOCOL, (session, stream) => this.#sync.accept(session, stream));
    await this.#handle(PEERS_PROTOCOL, (session, stream) => this.#exchange.accept(session, stream));
    await this.#contacts.load();
    try {
      await startNode(libp2p, this.#options.listen);
    } catch (error) {
      libp2p.removeEventListener("connection:open", this.#onOpen);
      throw error;
    }
    this.#gossip.start();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#contacts.tick();
  }

  /** Handles streams of a protocol that is used after hello only. */
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
    await this.#contacts.stop();
  }

  readonly #onOpen = (event: CustomEvent<Connection>): void => {
    this.sessionOf(event.detail);
  };

  #tick(): void {
    for (const { peer, code, what } of this.#gossip.watch(this.#connections.readyPeers(), steadyMs())) {
      const session = this.#connections.readyOf(peer);
      if (session !== undefined) this.#connections.lose(session, code, what);
    }
    this.#sync.watch();
    this.#node.inbound.tick();
    this.#connections.tick();
    this.#rejected.tick();
    this.#exchange.tick();
    this.#contacts.tick();
  }

  #onReady(session: Session, { rest, clock }: Pick<HelloSuccess, "rest" | "clock">): void {
    const { facts } = session;
    if (facts === undefined) return;
    this.#contacts.ready(session, rest);
    this.#exchange.ready();
    this.#rejected.ready(session);
    this.#sync.ready(session);
    this.#options.handlers.peerReady(facts, clock);
    void this.#node.gate.connected(session);
  }

  #onGone(session: Session): void {
    this.#node.gate.disconnected(session);
    this.#gossip.forget(session.peer);
    this.#options.handlers.peerGone(session.peer);
  }

  #onClosed(session: Session): void {
    this.#sync.forget(session);
    this.#exchange.forget(session);
    if (this.#stopping.signal.aborted || this.#connections.sessions.isConnected(session.peer)) return;
    // libp2p keeps every peer it ever met. The address book keeps the peers that were reached.
    this.#node.libp2p.peerStore.delete(session.connection.remotePeer).catch(() => undefined);
    this.#contacts.closed(session);
  }
}
