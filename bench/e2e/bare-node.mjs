// The rival: libp2p and gossipsub as a program has them that does nothing with what it receives. Own message ids and
// validation are on, as in a node of this program.
import { createHash } from "node:crypto";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { gossipsub, StrictNoSign, TopicValidatorResult } from "@libp2p/gossipsub";
import { start, stop } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";

const TOPIC = "/bench";
const MESH_MS = 50;

const OPTIONS = {
  globalSignaturePolicy: StrictNoSign,
  asyncValidation: true,
  allowPublishToZeroTopicPeers: true,
  msgIdFn: ({ data }) => createHash("sha256").update(data).digest(),
  // All nodes have one address here.
  scoreParams: { IPColocationFactorWeight: 0 },
};

const partsOf = ({ peerId, privateKey, peerStore, connectionManager, logger }) => ({
  peerId,
  privateKey,
  peerStore,
  connectionManager,
  logger,
});

/** Tells gossipsub about each connection at once; elsewhere identify does it. */
class Topologies {
  #all = new Set();

  registrar(components) {
    const real = components.registrar;
    return {
      handle: (...given) => real.handle(...given),
      unhandle: (...given) => real.unhandle(...given),
      register: async (_protocol, topology) => {
        this.#all.add(topology);
        return `bare-${this.#all.size}`;
      },
      unregister: () => undefined,
    };
  }

  connected(connection) {
    for (const topology of this.#all) topology.onConnect?.(connection.remotePeer, connection);
  }
}

export class BareNode {
  #libp2p;
  #pubsub;
  static async start(taken = () => undefined) {
    const node = new BareNode();
    const topologies = new Topologies();
    node.#libp2p = await createLibp2p({
      addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: {
        // As a plain object: the library's own service asks for identify.
        gossip: (components) => {
          node.#pubsub = gossipsub(OPTIONS)({ ...partsOf(components), registrar: topologies.registrar(components) });
          return { start: () => start(node.#pubsub), stop: () => stop(node.#pubsub) };
        },
      },
    });
    node.#libp2p.addEventListener("connection:open", ({ detail }) => topologies.connected(detail));
    const pubsub = node.#pubsub;
    pubsub.addEventListener("gossipsub:message", ({ detail: { msgId, msg, propagationSource } }) => {
      // As text: with an object the library sends each message back.
      pubsub.reportMessageValidationResult(msgId, propagationSource.toString(), TopicValidatorResult.Accept);
      taken(msg.data);
    });
    pubsub.subscribe(TOPIC);
    return node;
  }

  get address() {
    return this.#libp2p.getMultiaddrs()[0].toString();
  }

  /** Dials and waits for the mesh. */
  async connect(address) {
    await this.#libp2p.dial(multiaddr(address));
    while (this.#pubsub.getMeshPeers(TOPIC).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, MESH_MS));
    }
  }

  async publish(bytes) {
    await this.#pubsub.publish(TOPIC, bytes);
  }

  async stop() {
    await this.#libp2p.stop();
  }
}
