import { MAX_CONNECTIONS } from "../../../src/network/constants.js";
import { GatedRegistrar } from "../../../src/network/sessions/gated-registrar.js";
import type { NetworkOptions } from "../../../src/network/types.js";
import { listenError } from "../../../src/protocol/listen-error.js";
import { platform } from "../platform/ambient.js";
import { SimGossip } from "./gossip/sim-gossip.js";
import type { SimConnection } from "./sim-connection.js";
import { SimLibp2p, type StreamHandler } from "./sim-libp2p.js";

const GOSSIP_PROTOCOL = "/meshsub/1.2.0";
const ANY_IP = "0.0.0.0";

type SessionOf = ConstructorParameters<typeof GatedRegistrar>[1];

/** The part of a registrar that gossip uses, with the types of the simulated network. */
interface GossipRegistrar {
  handle(protocol: string, handler: StreamHandler, limits: { readonly maxInboundStreams: number }): Promise<void>;
  register(
    protocol: string,
    topology: {
      onConnect(peer: unknown, connection: SimConnection): void;
      onDisconnect(peer: { toString(): string }): void;
    },
  ): Promise<string>;
}

/** Replaces `Libp2pNode` of the product. */
export interface SimNode {
  readonly libp2p: SimLibp2p;
  readonly pubsub: SimGossip;
  readonly gate: GatedRegistrar;
  readonly registrar: SimLibp2p["registrar"];
  readonly listening: () => string[];
  readonly inbound: { tick(): void };
}

/**
 * Replaces `createNode` of the product (`src/network/libp2p-node.ts`): a node of the simulated network of the platform,
 * for the life that runs. All other files of src/network run as they are: hello, sessions, sync streams with their
 * queues, gossip guard and verdicts, address book, redial, peer exchange, reach.
 */
export async function createNode(options: NetworkOptions, sessionOf: SessionOf): Promise<SimNode> {
  const { net, schedule } = platform();
  const { life } = schedule;
  if (life === undefined) throw new Error("a node of the simulated network starts within a life");
  const given = options.listen[0]?.split("/")[2] ?? ANY_IP;
  const ip = given === ANY_IP ? net.ipOf(life.name) : given;
  if (ip === undefined) throw new Error(`${life.name} has no place in the network`);
  const { libp2pKey, maxConnections = MAX_CONNECTIONS } = options;
  const libp2p = new SimLibp2p(net, life, { libp2pKey, ip, maxConnections });
  const pubsub = new SimGossip(net, libp2p, options.blake3, ip.startsWith("127."));
  libp2p.gossip = pubsub;
  // The gate shows gossip the peers whose hello succeeded, and holds their streams until then.
  const gate = new GatedRegistrar(libp2p.registrar as never, sessionOf);
  const gated: GossipRegistrar = gate.asRegistrar() as never;
  await gated.handle(GOSSIP_PROTOCOL, (stream) => pubsub.accept(stream), { maxInboundStreams: 2 });
  await gated.register(GOSSIP_PROTOCOL, {
    onConnect: async (_peer, connection) => pubsub.connected(await connection.newStream(GOSSIP_PROTOCOL)),
    onDisconnect: (peer) => pubsub.disconnected(peer.toString()),
  });
  const inbound = { tick: () => undefined };
  return { libp2p, pubsub, gate, inbound, registrar: libp2p.registrar, listening: () => libp2p.listening() };
}

/** Replaces `startNode` of the product. */
export async function startNode(libp2p: SimLibp2p, listen: readonly string[]): Promise<void> {
  await platform().schedule.sleep(1);
  const refused = libp2p.listen(listen);
  if (refused !== undefined) throw listenError(refused, "EADDRINUSE", undefined);
  libp2p.gossip?.start();
}
