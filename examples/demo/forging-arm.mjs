// What an honest node's signing store makes impossible: a second, different validation by the same author of the same
// submission, signed with the author's own key and sent into the network by a peer that says a proper hello.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { generateKeyPair, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { blake3Of, loadKernel } from "../../dist/kernel/index.js";
import { createNetwork } from "../../dist/network/index.js";
import { networkIdentity } from "../../dist/plugin/index.js";
import { encodeBundle } from "../../dist/protocol/bundle.js";
import { toHex } from "../../dist/protocol/bytes.js";
import { encodeHead, joinEnvelope, MessageType, recordId, signedMessage } from "../../dist/protocol/envelope.js";
import { encodeRecord } from "../../dist/protocol/records.js";
import { shardOf, strandOf, strandTopic } from "../../dist/protocol/strand.js";
import { packItems } from "../../dist/protocol/table.js";
import { readKey } from "../../dist/storage/signing/key-file.js";
import { until } from "./until.mjs";

/**
 * Connecting, saying hello and hearing the own record come back takes well under a second; a loaded machine has this.
 */
const TIMEOUT_MS = 20_000;

export class ForgingArm {
  #node;
  #choice;

  /** The node whose first author is forged for, and the network that it is of. */
  constructor(node, choice) {
    this.#node = node;
    this.#choice = choice;
  }

  /**
   * Signs `score` for the submission and gossips it to the peers at `reach`. Resolves with the record's id when the
   * cheater's own honest node has received it from the others and finds its author excluded.
   */
  async double({ submission_id: submissionId, score, reach }) {
    const { kernel } = await loadKernel();
    const blake3 = blake3Of(kernel);
    try {
      const identity = await networkIdentity(blake3, this.#choice);
      const forged = await this.#forge(kernel, blake3, identity, submissionId, score);
      const network = await connect(kernel, blake3, identity, forged.topic, reach);
      try {
        await until(TIMEOUT_MS, "the peers' subscriptions", () => allListen(network, reach.length));
        await network.publish(forged.topic, encodeBundle([forged.envelope]));
        await until(TIMEOUT_MS, "the forged record to come back", () => this.#isExcluded(forged.taskId, forged.author));
      } finally {
        await network.stop();
      }
      return forged.id;
    } finally {
      await kernel.close();
    }
  }

  async #forge(kernel, blake3, identity, submissionId, score) {
    const { control } = this.#node.manager;
    const { taskId } = await control.submission(submissionId);
    const { taskType, t0 } = (await control.taskDetails(taskId)).view;
    const [author] = control.info().authors;
    const key = await readKey(join(this.#node.data, "keys"), author.name);
    const task = { taskId, taskType, t0 };
    const head = encodeHead({
      type: MessageType.ValidationAnnouncement,
      network: identity.network,
      timestampSeconds: Math.max(t0, Math.floor(Date.now() / 1000)),
      // A slot of its own: the last of the day, which the node's signing store has not come to.
      number: identity.rules.quotas[MessageType.ValidationAnnouncement] - 1,
      sender: key.publicKey,
      payload: encodeRecord({ kind: "validation", task, submissionId, score, validationKind: 1 }),
    });
    return {
      envelope: joinEnvelope(head, kernel.sign(key.privateKey, signedMessage(identity.genesis, head))),
      id: toHex(recordId(blake3, identity.genesis, head)),
      topic: strandTopic(identity.network, taskType, shardOf(taskId, identity.rules.shards)),
      taskId,
      author: author.key,
    };
  }

  async #isExcluded(taskId, author) {
    const { view } = await this.#node.manager.control.taskDetails(taskId);
    return view.excludedAuthors.some((entry) => entry.author === author) || undefined;
  }
}

function allListen(network, count) {
  return network.peers().filter(({ topics }) => topics > 0).length >= count || undefined;
}

/** A peer with keys of its own that listens to one topic and is silent about everything else. */
async function connect(kernel, blake3, identity, topic, reach) {
  // A scalar below the order of the group, little-endian: enough for a peer that lives for a second.
  const nodeKey = Uint8Array.from([...randomBytes(31), 1]);
  const nothing = () => undefined;
  let network;
  network = await createNetwork({
    identity,
    blake3,
    libp2pKey: privateKeyToProtobuf(await generateKeyPair("Ed25519")),
    listen: ["/ip4/127.0.0.1/tcp/0"],
    bootstrap: reach,
    signer: { publicKey: kernel.publicKey(nodeKey), sign: async (message) => kernel.sign(nodeKey, message) },
    verify: async (publicKey, message, signature) => {
      const [verdict] = await kernel.verifyMessages(packItems([{ publicKey, message, signature }]));
      return verdict === 0;
    },
    rest: () => ({
      agent: "cheater",
      versionMin: 1,
      versionMax: 1,
      interests: [0, 1, 2, 3, 4, 5].map((taskType) => strandOf(taskType, 0, 0)),
      features: ["plain"],
      registryTime: 2n ** 64n - 1n,
      registryDigest: new Uint8Array(32),
      rosters: [],
      clockSeconds: BigInt(Math.floor(Date.now() / 1000)),
      bodyLimit: 1,
    }),
    topics: [topic],
    addressStore: { load: async () => [], save: async () => undefined },
    handlers: {
      gossip: ({ messageId, peer }) => network.verdict(messageId, peer, "accept"),
      gossipRoom: nothing,
      connectionRefused: nothing,
      librarySaving: nothing,
      peerReady: nothing,
      peerGone: nothing,
      peerSubscribed: nothing,
      frame: async () => undefined,
      fault: nothing,
      dialFailed: nothing,
      gossipDropped: nothing,
      log: nothing,
    },
  });
  return network;
}
