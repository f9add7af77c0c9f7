// A peer with a valid hello that decides by itself what it sends. It answers no request.
import { randomBytes } from "node:crypto";
import { generateKeyPair, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { createNetwork } from "../../dist/network/index.js";
import { packItems } from "../../dist/protocol/table.js";
import { machineMs } from "./measure.mjs";
import { TASK_TYPE } from "./shape.mjs";

const STRAND = `0${TASK_TYPE}0000`;

export class HelloNode {
  #network;
  #topic;
  #readySince;
  #readyMs = 0;
  /** Times that the other side ended the connection. */
  dropped = 0;

  /** Dials; `connected` settles when the other side has subscribed, so that bundles reach it. */
  static async start({ identity, kernel, blake3, topic, address }) {
    const node = new HelloNode();
    node.#topic = topic;
    const nodeKey = new Uint8Array(randomBytes(32));
    nodeKey[31] = 1;
    let subscribed;
    node.connected = new Promise((resolve) => {
      subscribed = resolve;
    });
    node.#network = await createNetwork({
      identity,
      blake3,
      libp2pKey: privateKeyToProtobuf(await generateKeyPair("Ed25519")),
      listen: [],
      bootstrap: [address],
      topics: [topic],
      signer: { publicKey: kernel.publicKey(nodeKey), sign: async (message) => kernel.sign(nodeKey, message) },
      verify: async (publicKey, message, signature) => {
        const [verdict] = await kernel.verifyMessages(packItems([{ publicKey, message, signature }]));
        return verdict === 0;
      },
      rest: () => ({
        agent: "bench/1",
        versionMin: 1,
        versionMax: 1,
        interests: [STRAND],
        features: [],
        registryTime: 2n ** 64n - 1n,
        registryDigest: new Uint8Array(32),
        rosters: [],
        clockSeconds: BigInt(Math.floor(Date.now() / 1000)),
        bodyLimit: identity.rules.bodyLimit,
      }),
      addressStore: { load: async () => [], save: async () => undefined },
      handlers: {
        gossip: ({ messageId, peer }) => node.#network.verdict(messageId, peer, "ignore"),
        gossipRoom: () => undefined,
        connectionRefused: () => undefined,
        librarySaving: () => undefined,
        frame: async () => undefined,
        peerReady: () => {
          node.#readySince = machineMs();
        },
        peerGone: () => {
          node.dropped++;
          node.#readyMs = node.connectedMs;
          node.#readySince = undefined;
        },
        peerSubscribed: () => subscribed(),
        fault: () => undefined,
        dialFailed: () => undefined,
        gossipDropped: () => undefined,
        log: () => undefined,
      },
    });
    return node;
  }

  get isReady() {
    return this.#readySince !== undefined;
  }

  /** Milliseconds with a ready connection. */
  get connectedMs() {
    return this.#readyMs + (this.#readySince === undefined ? 0 : machineMs() - this.#readySince);
  }

  async publish(bytes) {
    await this.#network.publish(this.#topic, bytes);
  }

  async stop() {
    await this.#network.stop();
  }
}
