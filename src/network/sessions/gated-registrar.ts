import type { GossipSubComponents } from "@libp2p/gossipsub";
import type { Connection, Stream, StreamHandler, Topology } from "@libp2p/interface";
import { NEGOTIATION_TIMEOUT_MS } from "../constants.js";
import { deadline, resumeStream } from "../streams/index.js";
import type { Session } from "./session.js";

type Registrar = GossipSubComponents["registrar"];

/**
 * The registrar for gossipsub (protocol.md, Identities). It announces a peer to the topology and hands over inbound
 * streams only after hello, so an unknown peer reaches no mesh, score or seen cache. It also replaces identify: the
 * hello announces a peer.
 */
export class GatedRegistrar {
  readonly #real: Registrar;
  readonly #sessionOf: (connection: Connection) => Session | undefined;
  readonly #topologies = new Map<string, { readonly protocol: string; readonly topology: Topology }>();
  /** Streams opened for gossipsub and not yet taken; at most one per ready session. */
  readonly #opened = new Map<Session, Stream>();
  #nextId = 0;

  constructor(real: Registrar, sessionOf: (connection: Connection) => Session | undefined) {
    this.#real = real;
    this.#sessionOf = sessionOf;
  }

  /** The object that replaces libp2p's registrar for gossipsub. */
  asRegistrar(): Registrar {
    const real = this.#real;
    return {
      getProtocols: () => real.getProtocols(),
      handle: (protocol, handler, options) => real.handle(protocol, this.#held(handler), options),
      unhandle: (protocol, options) => real.unhandle(protocol, options),
      getHandler: (protocol) => real.getHandler(protocol),
      use: (protocol, middleware) => real.use(protocol, middleware),
      unuse: (protocol) => real.unuse(protocol),
      getMiddleware: (protocol) => real.getMiddleware(protocol),
      register: async (protocol, topology) => {
        this.#nextId += 1;
        const id = `gated-${this.#nextId}`;
        this.#topologies.set(id, { protocol, topology });
        return id;
      },
      unregister: (id) => {
        this.#topologies.delete(id);
      },
      getTopologies: (protocol) => real.getTopologies(protocol),
    };
  }

  /**
   * The hello on this connection succeeded. Gossipsub opens its streams one after the other, so one peer that does not
   * answer would delay all others. The stream is opened here, and gossipsub gets it open.
   */
  async connected(session: Session): Promise<void> {
    const limit = deadline(NEGOTIATION_TIMEOUT_MS, session.signal);
    try {
      const protocols = [...this.#topologies.values()].map(({ protocol }) => protocol);
      this.#opened.set(session, await session.connection.newStream(protocols, { signal: limit.signal }));
    } catch {
      // `Gossip.watch` closes a peer that takes no gossip stream.
      return;
    } finally {
      limit.clear();
    }
    if (session.closed) this.#opened.delete(session);
    else
      for (const topology of this.#distinct()) topology.onConnect?.(session.connection.remotePeer, this.#view(session));
  }

  /** The peer's ready session is gone. */
  disconnected(session: Session): void {
    this.#opened.delete(session);
    for (const topology of this.#distinct()) topology.onDisconnect?.(session.connection.remotePeer);
  }

  #distinct(): Set<Topology> {
    return new Set(Array.from(this.#topologies.values(), ({ topology }) => topology));
  }

  /** The connection for gossipsub. `newStream` returns the stream that was opened above. */
  #view(session: Session): Connection {
    const newStream = async (): Promise<Stream> => {
      const stream = this.#opened.get(session);
      if (stream === undefined) throw new Error("no gossip stream is open");
      this.#opened.delete(session);
      return stream;
    };
    return new Proxy(session.connection, {
      get: (connection, name) => (name === "newStream" ? newStream : Reflect.get(connection, name, connection)),
    });
  }

  #held(handler: StreamHandler): StreamHandler {
    return (stream: Stream, connection: Connection) => {
      const session = this.#sessionOf(connection);
      if (session === undefined) {
        stream.abort(new Error("the connection is closing"));
        return;
      }
      session.admit(stream, () => {
        resumeStream(stream);
        void handler(stream, this.#view(session));
      });
    };
  }
}
