import { noise } from "@chainsafe/libp2p-noise";
import { privateKeyFromProtobuf } from "@libp2p/crypto/keys";
import { type GossipSub, type GossipSubComponents, gossipsub } from "@libp2p/gossipsub";
import { type Connection, type Libp2p, start, stop } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { createLibp2p } from "../../vendor/libp2p/index.js";
import { NetworkError } from "../protocol/errors.js";
import { listenError } from "../protocol/listen-error.js";
import { listenScope } from "./addresses/index.js";
import {
  ADDRESS_DIAL_TIMEOUT_MS,
  CLOSE_TIMEOUT_MS,
  DIAL_TIMEOUT_MS,
  INBOUND_CONNECTIONS_PER_SECOND,
  MAX_CONNECTIONS,
  NEGOTIATION_TIMEOUT_MS,
  PARALLEL_DIALS,
  PENDING_INBOUND_MAX,
  STREAM_READ_BUFFER_BYTES,
  STREAM_WINDOW_BYTES,
  STREAMS_PER_CONNECTION,
  VISITS_MAX,
} from "./constants.js";
import { gossipParameters } from "./gossip/index.js";
import { corked, yamuxWithFewUpdates } from "./libraries/index.js";
import { GatedRegistrar, InboundGate, inboundPlaces, type Session } from "./sessions/index.js";
import type { LibrarySaving, NetworkHandlers, NetworkOptions } from "./types.js";

export interface Libp2pNode {
  readonly libp2p: Libp2p;
  readonly pubsub: GossipSub;
  readonly gate: GatedRegistrar;
  readonly registrar: GossipSubComponents["registrar"];
  readonly inbound: Pick<InboundGate, "tick">;
  /**
   * Every address that the listeners have now, with /p2p/. libp2p's own list omits public addresses until autonat
   * confirms them, and this node does not run autonat.
   */
  readonly listening: () => string[];
}

/** Builds libp2p with tcp, noise, yamux and gossipsub behind the gate, and sets every limit. It is not started. */
export async function createNode(
  options: NetworkOptions,
  sessionOf: (connection: Connection) => Session | undefined,
): Promise<Libp2pNode> {
  const loopback = options.listen.length > 0 && options.listen.every((text) => listenScope(text) === "loopback");
  const maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  const inbound = new InboundGate(inboundPlaces(maxConnections), options.handlers, sessionOf);
  let parts: Omit<Libp2pNode, "libp2p" | "inbound"> | undefined;
  let node: Libp2p | undefined;

  const libp2p = await createLibp2p({
    start: false,
    privateKey: privateKeyFromProtobuf(options.libp2pKey),
    addresses: { listen: [...options.listen] },
    transports: [tcp()],
    connectionEncrypters: [(components) => corked(noise()(components), saved(options.handlers, "corked_writes"))],
    streamMuxers: [
      yamuxWithFewUpdates(
        {
          maxInboundStreams: STREAMS_PER_CONNECTION,
          maxOutboundStreams: STREAMS_PER_CONNECTION,
          streamOptions: {
            maxStreamWindowSize: STREAM_WINDOW_BYTES,
            maxReadBufferLength: STREAM_READ_BUFFER_BYTES,
          },
        },
        saved(options.handlers, "window_updates"),
      ),
    ],
    connectionGater: {
      denyInboundConnection: ({ remoteAddr }) => inbound.refuses(node?.getConnections() ?? [], remoteAddr.toString()),
    },
    connectionManager: {
      maxConnections: maxConnections + VISITS_MAX,
      maxParallelDials: PARALLEL_DIALS,
      dialTimeout: DIAL_TIMEOUT_MS,
      addressDialTimeout: ADDRESS_DIAL_TIMEOUT_MS,
      inboundUpgradeTimeout: DIAL_TIMEOUT_MS,
      connectionCloseTimeout: CLOSE_TIMEOUT_MS,
      inboundConnectionThreshold: INBOUND_CONNECTIONS_PER_SECOND,
      maxIncomingPendingConnections: PENDING_INBOUND_MAX,
      inboundStreamProtocolNegotiationTimeout: NEGOTIATION_TIMEOUT_MS,
      outboundStreamProtocolNegotiationTimeout: NEGOTIATION_TIMEOUT_MS,
      // `Redial` dials again, not libp2p.
      reconnectRetries: 0,
    },
    // Only pings reveal a stopped receiver. Without them data for it would accumulate without end.
    connectionMonitor: { enabled: true },
    services: {
      gossip: (components) => {
        const gate = new GatedRegistrar(components.registrar, sessionOf);
        const { peerId, privateKey, peerStore, connectionManager, logger } = components;
        const pubsub = gossipsub(gossipParameters(options.topics, options.blake3, loopback))({
          peerId,
          privateKey,
          peerStore,
          connectionManager,
          logger,
          registrar: gate.asRegistrar(),
        });
        const { transportManager } = components;
        const listening = () => transportManager.getAddrs().map((address) => `${address}/p2p/${peerId}`);
        parts = { pubsub, gate, registrar: components.registrar, listening };
        return { start: () => start(pubsub), stop: () => stop(pubsub) };
      },
    },
  });
  node = libp2p;
  if (parts === undefined) throw new NetworkError("bad_parameters", "libp2p did not build its services");
  return { libp2p, inbound, ...parts };
}

/** Reports whether the libraries are those whose writes are saved, and logs the first that is not. */
function saved(handlers: NetworkHandlers, saving: LibrarySaving): (isApplied: boolean) => void {
  let isLogged = false;
  return (isApplied) => {
    handlers.librarySaving(saving, isApplied);
    if (isApplied || isLogged) return;
    isLogged = true;
    handlers.log("warn", "a transport library has another version than the known one: it writes more often", {
      saving,
    });
  };
}

/** Starts listening. Throws `listenError` for the first address that was refused. */
export async function startNode(libp2p: Libp2p, listen: readonly string[]): Promise<void> {
  try {
    await libp2p.start();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // The message of libp2p names every address that it could not listen on, with the error of the system.
    const refused = listen.find((address) => text.includes(`${address}: `)) ?? listen.join(", ");
    const words = text.slice(Math.max(0, text.indexOf(`${refused}: `)));
    throw listenError(refused, /\b(E[A-Z]{3,}|EAI_AGAIN)\b/.exec(words)?.[1], error);
  }
}
