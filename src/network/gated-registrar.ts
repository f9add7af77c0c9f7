import type { GossipSubComponents } from "@libp2p/gossipsub";
import type { Connection, Stream, StreamHandler, Topology } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import type { Session } from "./session.js";

type Registrar = GossipSubComponents["registrar"];

/**
 * The registrar that gossipsub sees (protocol.md, Identities): its topology learns of a peer, and an inbound stream is
 * handed over, only after hello. So nothing of an unknown peer reaches gossipsub's mesh, scores or seen cache. It also
 * stands in for identify: peers are announced by their hello, so nothing else need run before it.
 */
export class GatedRegistrar {
  readonly #real: Registrar;
  readonly #sessionOf: (connection: Connection) => Session | undefined;
  readonly #topologies = new Map<string, Topology>();
  #nextId = 0;

  constructor(real: Registrar, sessionOf: (connection: Connection) => Session | undefined) {
    this.#real = real;
    this.#sessionOf = sessionOf;
  }

  /** What is given to gossipsub in place of libp2p's registrar. */
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
      register: async (_protocol, topology) => {
        this.#nextId += 1;
        const id = `gated-${this.#nextId}`;
        this.#topologies.set(id, topology);
        return id;
      },
      unregister: (id) => {
        this.#topologies.delete(id);
      },
      getTopologies: (protocol) => real.getTopologies(protocol),
    };
  }

  /** The peer said hello on this connection. */
  connected(session: Session): void {
    for (const topology of new Set(this.#topologies.values())) {
      topology.onConnect?.(session.connection.remotePeer, session.connection);
    }
  }

  /** The peer's last connection is gone. */
  disconnected(peer: string): void {
    const id = peerIdFromString(peer);
    for (const topology of new Set(this.#topologies.values())) topology.onDisconnect?.(id);
  }

  #held(handler: StreamHandler): StreamHandler {
    return (stream: Stream, connection: Connection) => {
      const session = this.#sessionOf(connection);
      if (session === undefined) {
        stream.abort(new Error("the connection is closing"));
        return;
      }
      session.admit(stream, () => {
        if (stream.readStatus === "paused") stream.resume();
        void handler(stream, connection);
      });
    };
  }
}
