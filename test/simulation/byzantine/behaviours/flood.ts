import { encodeBundle } from "../../../../src/protocol/bundle.js";
import { toHex } from "../../../../src/protocol/bytes.js";
import { MessageType } from "../../../../src/protocol/envelope.js";
import { alertsTopic, strandTopic } from "../../../../src/protocol/strand.js";
import { NO_REQUEST } from "../../../../src/protocol/sync-messages.js";
import { encodeAlert, encodeVote } from "../../../../src/protocol/verdict-messages.js";
import type { ByzantineAuthor } from "../author.js";
import type { Behaviour, Powers } from "../behaviour.js";
import { type PeerRecord, seal } from "../records.js";

/** Records of one peer in one run: a run with several of them stays short. */
const RECORDS_MAX = 240;
const BURST = 20;
const VOTES = 40;

/** See `flood_quota` in the kinds. */
export class FloodQuota implements Behaviour {
  readonly #powers: Powers;
  #left = RECORDS_MAX;

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  step(): void {
    const { random, acted } = this.#powers;
    if (!random.chance(0.2)) return;
    const author = this.#powers.newAuthor();
    const way = random.below(5);
    if (way === 3) this.#votes(author);
    else if (way === 4) this.#alerts(author);
    else this.#records(author, way);
    acted(["records", "early records", "answers to unknown tasks", "votes", "alerts"][way] ?? "");
  }

  #records(author: ByzantineAuthor, way: number): void {
    const { random } = this.#powers;
    const count = Math.min(BURST, this.#left);
    this.#left -= count;
    const records = Array.from({ length: count }, () => {
      if (way === 2) return this.#powers.keep(author.submission(this.#unknownTask()));
      return this.#powers.keep(author.task(way === 1 ? { aheadSeconds: random.between(61, 590) } : {}));
    });
    this.#powers.publish(records);
  }

  /** Votes are kept for a while, if their voter is registered. */
  #votes(author: ByzantineAuthor): void {
    const { random, peers, send, nowMs, identity } = this.#powers;
    const all = peers();
    if (all.length === 0) return;
    const envelopes = Array.from({ length: VOTES }, () => {
      const [submissionId, roster, value] = [0, 1, 2].map(() => toHex(random.bytes(32))) as [string, string, string];
      const ballot = {
        task: this.#unknownTask(),
        submissionId,
        roster,
        round: 0,
        step: "prepare",
        held: 0,
        value,
      } as const;
      const fields = {
        type: MessageType.ConsensusVote,
        network: identity.network,
        number: 0,
        sender: author.publicKey,
      };
      const timestampSeconds = Math.floor(nowMs() / 1000);
      return seal(identity.genesis, { ...fields, timestampSeconds, payload: encodeVote(ballot) });
    });
    send(random.pick(all), { kind: "records", requestId: NO_REQUEST, bundle: encodeBundle(envelopes) });
  }

  /** Alerts that hold, about a key that exists for them only, and one that does not hold. */
  #alerts(author: ByzantineAuthor): void {
    const { identity, raw, nowMs, random } = this.#powers;
    const number = 63;
    const pairs = Array.from({ length: 3 }, (_, i) => [
      author.task({ number: number - i }),
      author.task({ number: number - i }),
    ]);
    if (random.chance(0.3)) pairs.push([author.task(), author.task()]);
    const envelopes = pairs.flatMap((pair) => {
      const [first, second] = pair.map(({ record }) => record).sort((a, b) => (a.id < b.id ? -1 : 1));
      if (first === undefined || second === undefined) return [];
      const payload = encodeAlert({ alertKind: 1, first: first.envelope, second: second.envelope });
      const fields = { type: MessageType.FraudAlert, network: identity.network, number: 0, sender: author.publicKey };
      return [seal(identity.genesis, { ...fields, timestampSeconds: Math.floor(nowMs() / 1000), payload })];
    });
    for (const { record } of pairs.flat()) this.#powers.shelf.add(record);
    raw.gossip("all", alertsTopic(identity.network), encodeBundle(envelopes));
  }

  #unknownTask() {
    const { random, nowMs } = this.#powers;
    return { taskId: toHex(random.bytes(32)), taskType: random.below(6), t0: Math.floor(nowMs() / 1000) - 60 };
  }
}

/** 5 MiB in bundles of about 11 KiB: many times the room of a peer. At most 1,024 have different orders. */
const BUNDLES = 500;
const ACTS_MAX = 6;
const CONTROL_ENTRIES = 200;

/** See `flood_over` in the kinds. */
export class FloodOver implements Behaviour {
  readonly #powers: Powers;
  #acts = 0;

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  step(): void {
    const { random, author, identity, raw, acted, publish } = this.#powers;
    if (this.#acts >= ACTS_MAX || !random.chance(0.15)) return;
    this.#acts++;
    const topics = Array.from({ length: 6 }, (_, type) => strandTopic(identity.network, type, 0));
    // The bytes come first: after a rejected record the gossip of the peer is no longer read.
    switch (this.#acts === 1 ? 1 : random.below(4)) {
      case 0: {
        const { quotas } = identity.rules;
        const records = Array.from({ length: 5 }, (_, i) => author.task({ number: quotas[0] + i }).record);
        for (const { id } of records) this.#powers.forged(id);
        publish(records);
        acted("records over the quota");
        return;
      }
      case 1: {
        // Good records again and again, in another order each time: no bundle is bad, and each is another message.
        const pair = [0, 1].map(() => this.#powers.keep(author.task({ taskType: 0 })).envelope);
        const peer = random.shuffled(this.#powers.peers()).slice(0, 1);
        const [topic = ""] = topics;
        for (let i = 0; i < BUNDLES; i++) {
          const order = Array.from({ length: 64 }, (_, at) => pair[(i >> (at % 10)) & 1] as Uint8Array);
          raw.gossip(peer, topic, encodeBundle(order));
        }
        acted("more bytes than its room");
        return;
      }
      case 2: {
        const many = Array.from({ length: CONTROL_ENTRIES }, (_, i) => topics[i % topics.length] ?? "");
        for (let i = 0; i < 20; i++) raw.control("all", many, many);
        acted("control entries");
        return;
      }
      default: {
        const ids = Array.from({ length: 5000 }, () => toHex(random.bytes(20)));
        for (const topic of topics) raw.advertise("all", topic, ids);
        acted("ids of messages that do not exist");
      }
    }
  }
}

const REQUESTS = 20;

/** See `flood_requests` in the kinds. */
export class FloodRequests implements Behaviour {
  readonly #powers: Powers;

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  step(): void {
    const { random, peers, acted } = this.#powers;
    const all = peers();
    if (all.length === 0 || !random.chance(0.3)) return;
    const peer = random.pick(all);
    for (let i = 0; i < REQUESTS; i++) this.#request(peer);
    acted(`${REQUESTS} requests`);
  }

  #request(peer: string): void {
    const { random, shelf, request } = this.#powers;
    const requestId = this.#powers.requestId();
    const record: PeerRecord | undefined = shelf.pick(random);
    const strands = Array.from({ length: 6 }, (_, type) => `0${type}0000`);
    switch (random.below(4)) {
      case 0:
        request(peer, { kind: "windows", requestId, strands, fromDay: 0, toDay: 100_000 });
        return;
      case 1:
        request(peer, { kind: "list", requestId, hash: toHex(random.bytes(32)) });
        return;
      case 2:
        if (record !== undefined) request(peer, { kind: "task", requestId, task: record.task, flags: 15 });
        return;
      default: {
        const hash = record !== undefined && "body" in record.payload ? record.payload.body?.hash : undefined;
        request(peer, { kind: "body", requestId, hash: hash ?? toHex(random.bytes(32)) });
      }
    }
  }
}
