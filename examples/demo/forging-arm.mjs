// What an honest node's signing store makes impossible: a second, different validation by the same author of the same
// submission, or votes for two values in one step, signed with the author's own key and sent into the network by a peer
// that says a proper hello.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { generateKeyPair, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { readRosterFile } from "../../dist/chain/index.js";
import { blake3Of, loadKernel } from "../../dist/kernel/index.js";
import { createNetwork } from "../../dist/network/index.js";
import { networkIdentity } from "../../dist/plugin/index.js";
import { encodeBundle } from "../../dist/protocol/bundle.js";
import { toHex } from "../../dist/protocol/bytes.js";
import { rosterDigest } from "../../dist/protocol/digests.js";
import { encodeHead, joinEnvelope, MessageType, recordId, signedMessage } from "../../dist/protocol/envelope.js";
import { dayOf } from "../../dist/protocol/membership.js";
import { encodeRecord } from "../../dist/protocol/records.js";
import { shardOf, strandOf, strandTopic } from "../../dist/protocol/strand.js";
import { packItems } from "../../dist/protocol/table.js";
import { encodeVote } from "../../dist/protocol/verdict-messages.js";
import { readKey } from "../../dist/storage/signing/key-file.js";
import { until } from "./until.mjs";

/**
 * Connecting, saying hello and hearing the own record come back takes well under a second; a loaded machine has this.
 */
const TIMEOUT_MS = 20_000;

export class ForgingArm {
  #node;
  #choice;
  #rosterFile;

  /** The node whose first author is forged for, the network that it is of, and the file with the roster. */
  constructor(node, choice, rosterFile) {
    this.#node = node;
    this.#choice = choice;
    this.#rosterFile = rosterFile;
  }

  /**
   * Signs `score` for the submission and gossips it to the peers at `reach`. Resolves with the record's id when the
   * cheater's own honest node has received it from the others and finds its author excluded.
   */
  async double({ submission_id: submissionId, score, reach }) {
    return this.#forge(submissionId, reach, async (forger) => {
      const { task, identity, author } = forger;
      const { id, envelope } = forger.sign({
        type: MessageType.ValidationAnnouncement,
        // A slot of its own: the last of the day, which the node's signing store has not come to.
        number: identity.rules.quotas[MessageType.ValidationAnnouncement] - 1,
        payload: encodeRecord({ kind: "validation", task, submissionId, score, validationKind: 1 }),
      });
      const seen = () => this.#isExcluded(task.taskId, author);
      return { envelopes: [envelope], seen, result: id };
    });
  }

  /** Votes for two values in one step. Resolves with the ids of the votes when the own honest node has the proof. */
  async revote({ submission_id: submissionId, reach }) {
    return this.#forge(submissionId, reach, async (forger) => {
      const { task, identity, blake3, author } = forger;
      const day = dayOf(task.t0) - 1;
      const rosters = await readRosterFile(this.#rosterFile, identity);
      const { members } = rosters.findLast(({ fromDay }) => fromDay <= day);
      const roster = toHex(rosterDigest(blake3, identity.genesis, day, members));
      const votes = [1, 2].map((byte) => {
        const value = toHex(new Uint8Array(32).fill(byte));
        const vote = { task, submissionId, roster, round: 0, step: "prepare", held: 0, value };
        return forger.sign({ type: MessageType.ConsensusVote, number: 0, payload: encodeVote(vote) });
      });
      const seen = () => this.#hasProof(task.taskId, author);
      return { envelopes: votes.map(({ envelope }) => envelope), seen, result: votes.map(({ id }) => id) };
    });
  }

  /** Signs what `make` gives with the node's own key, and gossips it by a peer of its own until `seen` resolves. */
  async #forge(submissionId, reach, make) {
    const { kernel } = await loadKernel();
    const blake3 = blake3Of(kernel);
    try {
      const identity = await networkIdentity(blake3, this.#choice);
      const forger = await this.#forger(kernel, blake3, identity, submissionId);
      const { envelopes, seen, result } = await make(forger);
      const { taskType, taskId } = forger.task;
      const topic = strandTopic(identity.network, taskType, shardOf(taskId, identity.rules.shards));
      const network = await connect(kernel, blake3, identity, topic, reach);
      try {
        await until(TIMEOUT_MS, "the peers' subscriptions", () => allListen(network, reach.length));
        await network.publish(topic, encodeBundle(envelopes));
        await until(TIMEOUT_MS, "the proof to come back", seen);
      } finally {
        await network.stop();
      }
      return result;
    } finally {
      await kernel.close();
    }
  }

  async #forger(kernel, blake3, identity, submissionId) {
    const { control } = this.#node.manager;
    const { taskId } = await control.submission(submissionId);
    const { taskType, t0 } = (await control.taskDetails(taskId)).view;
    const [author] = control.info().authors;
    const key = await readKey(join(this.#node.data, "keys"), author.name);
    const timestampSeconds = Math.max(t0, Math.floor(Date.now() / 1000));
    const sign = (message) => {
      const head = encodeHead({ network: identity.network, timestampSeconds, sender: key.publicKey, ...message });
      const envelope = joinEnvelope(head, kernel.sign(key.privateKey, signedMessage(identity.genesis, head)));
      return { envelope, id: toHex(recordId(blake3, identity.genesis, head)) };
    };
    return { task: { taskId, taskType, t0 }, identity, blake3, author: author.key, sign };
  }

  async #hasProof(taskId, author) {
    const alerts = await this.#node.manager.control.fraudAlerts(taskId, 200);
    return alerts.some(({ alertKind, equivocator }) => alertKind === 3 && equivocator === author) || undefined;
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
