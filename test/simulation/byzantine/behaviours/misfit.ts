import { bodyRef } from "../../../../src/protocol/bodies.js";
import { encodeBundle } from "../../../../src/protocol/bundle.js";
import { concatBytes, toHex, u32 } from "../../../../src/protocol/bytes.js";
import { encodeList } from "../../../../src/protocol/certificate.js";
import { MessageType } from "../../../../src/protocol/envelope.js";
import { encodeRecord } from "../../../../src/protocol/records.js";
import { strandTopic } from "../../../../src/protocol/strand.js";
import { encodeSyncRequest } from "../../../../src/protocol/sync-messages.js";
import { encodeCertificate, encodeVote } from "../../../../src/protocol/verdict-messages.js";
import { blake3 } from "../../kernel/mock-kernel.js";
import type { Behaviour, Powers } from "../behaviour.js";
import { seal } from "../records.js";

const CHANCE = 0.5;
/** Longer than gossip takes a record, and than its task stays. */
const STALE_SECONDS = 1300;
const PAST_SECONDS = 50 * 86_400;
/** A field of a task, again: a reader takes the last one, and the canonical form has none. */
const AGAIN = Uint8Array.of(0x48, 50);

/** See `misfit` in the kinds. */
export class Misfit implements Behaviour {
  readonly #powers: Powers;
  readonly #ways: readonly (readonly [string, () => void])[];

  constructor(powers: Powers) {
    this.#powers = powers;
    const { author, random } = powers;
    const changed = (change: (envelope: Uint8Array) => Uint8Array) => (): void =>
      this.#gossip(change(author.task({ taskType: 0 }).record.envelope.slice()));
    const withBytes = (at: number, ...bytes: number[]) =>
      changed((envelope) => {
        envelope.set(bytes, at);
        return envelope;
      });
    this.#ways = [
      ["an unknown type", withBytes(1, 9)],
      ["flags", withBytes(3, 1)],
      ["a number of a vote", withBytes(1, MessageType.ConsensusVote, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
      ["a payload over the limit", withBytes(44, 0x7f, 0, 0, 0)],
      ["bytes after the envelope", changed((envelope) => concatBytes([envelope, Uint8Array.of(0)]))],
      ["a payload that is not canonical", () => this.#doubledField()],
      ["a request in gossip", () => this.#gossip(this.#request())],
      ["a bundle over the limit", () => this.#largeBundle()],
      [
        "a stale record",
        () => this.#gossip(author.task({ taskType: 0, aheadSeconds: -STALE_SECONDS }).record.envelope),
      ],
      ["a vote on a task of long ago", () => this.#gossip(this.#oldVote())],
      ["three records in one slot", () => this.#threeInASlot()],
      [
        "a certificate without a list",
        () => this.#gossip(this.#certificate(toHex(random.bytes(32)), random.bytes(227))),
      ],
      ["a certificate of another roster", () => this.#otherRoster()],
      ["a body that is none", () => this.#noBody()],
      ["the end of its sync stream", () => this.#endStream("sync")],
      ["the end of its gossip stream", () => this.#endStream("gossip")],
    ];
  }

  step(): void {
    const { random, acted } = this.#powers;
    if (!random.chance(CHANCE)) return;
    const [text, act] = random.pick(this.#ways);
    act();
    acted(text);
  }

  #gossip(envelope: Uint8Array): void {
    this.#bundle(encodeBundle([envelope]));
  }

  #bundle(bundle: Uint8Array): void {
    const { raw, identity, random, peers } = this.#powers;
    const topic = strandTopic(identity.network, 0, 0);
    // A rejected bundle mutes the sender, so that few peers get each.
    raw.gossip(random.shuffled(peers()).slice(0, 1), topic, bundle);
  }

  /** An envelope that is signed as it is. */
  #sealed(type: MessageType, payload: Uint8Array): Uint8Array {
    const { identity, author, nowMs } = this.#powers;
    const timestampSeconds = Math.floor(nowMs() / 1000);
    const fields = { type, network: identity.network, timestampSeconds, number: 0, sender: author.publicKey, payload };
    return seal(identity.genesis, fields);
  }

  #doubledField(): void {
    const { payload } = this.#powers.author.task({ taskType: 0 }).record;
    this.#gossip(this.#sealed(MessageType.TaskAnnouncement, concatBytes([encodeRecord(payload), AGAIN])));
  }

  #request(): Uint8Array {
    const { requestId, random } = this.#powers;
    const request = { kind: "list", requestId: requestId(), hash: toHex(random.bytes(32)) } as const;
    return this.#powers.sealed(MessageType.SyncRequest, encodeSyncRequest(request));
  }

  #largeBundle(): void {
    const { identity, random } = this.#powers;
    const bytes = random.bytes(identity.rules.bundleMaxBytes);
    this.#bundle(concatBytes([u32(bytes.length), bytes]));
  }

  #oldVote(): Uint8Array {
    const { random, nowMs } = this.#powers;
    const [taskId, submissionId, roster, value] = [0, 1, 2, 3].map(() => toHex(random.bytes(32))) as [
      string,
      string,
      string,
      string,
    ];
    const task = { taskId, taskType: 0, t0: Math.floor(nowMs() / 1000) - PAST_SECONDS };
    const vote = { task, submissionId, roster, round: 0, step: "prepare", held: 0, value } as const;
    return this.#sealed(MessageType.ConsensusVote, encodeVote(vote));
  }

  #otherRoster(): void {
    const { random } = this.#powers;
    const [rules, roster, taskId, submissionId, publisher, submitter] = [0, 1, 2, 3, 4, 5].map(() =>
      toHex(random.bytes(32)),
    ) as [string, string, string, string, string, string];
    const list = encodeList({ rules, roster, taskId, submissionId, publisher, submitter, validations: [] });
    this.#gossip(this.#certificate(taskId, list));
  }

  #certificate(taskId: string, list: Uint8Array): Uint8Array {
    const { random, nowMs } = this.#powers;
    const timestampSeconds = Math.floor(nowMs() / 1000);
    const task = { taskId, taskType: 0, t0: timestampSeconds };
    const commits = [{ rosterIndex: 0, timestampSeconds, signature: random.bytes(96) }];
    return this.#sealed(MessageType.Certificate, encodeCertificate({ task, list, round: 0, commits }));
  }

  #threeInASlot(): void {
    const { random, keep, publish, contradicted, newAuthor } = this.#powers;
    const author = newAuthor();
    const number = random.below(8);
    const made = [0, 1, 2].map(() => keep(author.task({ taskType: 0, number })));
    const [first, second] = made.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    if (first !== undefined && second !== undefined) contradicted([first, second]);
    for (const record of made) publish([record]);
  }

  #endStream(protocol: "sync" | "gossip"): void {
    const { raw, random, peers } = this.#powers;
    const [peer] = random.shuffled(peers());
    if (peer !== undefined) raw.endStream(peer, protocol);
  }

  /** The hash is right, and the bytes are no body. */
  #noBody(): void {
    const { author, random, keep, publish } = this.#powers;
    const bytes = random.bytes(random.between(1, 200));
    const { payload } = author.task({ taskType: 0 }).record;
    if (payload.kind !== "task") return;
    publish([keep({ ...author.sign({ ...payload, body: bodyRef(blake3, bytes) }), body: bytes })]);
  }
}
