import { standaloneGenesis } from "../../../../src/protocol/rules.js";
import { strandTopic } from "../../../../src/protocol/strand.js";
import { blake3 } from "../../kernel/mock-kernel.js";
import type { Behaviour, Powers } from "../behaviour.js";
import { isSigned, makeEnvelope, type PeerRecord, readRecord } from "../records.js";

const CHANCE = 0.4;
const TASK_TYPES = 6;

/** See `replay` in the kinds. */
export class Replay implements Behaviour {
  readonly #powers: Powers;
  readonly #ways: readonly (() => void)[];

  constructor(powers: Powers) {
    this.#powers = powers;
    this.#ways = [
      () => this.#otherGenesis(),
      () => this.#otherNetwork(),
      () => this.#otherTopic(),
      () => this.#otherTask(),
      () => this.#again(),
    ];
  }

  step(): void {
    if (this.#powers.random.chance(CHANCE)) this.#powers.random.pick(this.#ways)();
  }

  /** A record that its author signed in a network with another genesis. */
  #otherGenesis(): void {
    const { identity, author } = this.#powers;
    const genesis = standaloneGenesis(blake3, identity.network, "another", identity.rulesDigest);
    const { payload, timestampSeconds, number } = author.task().record;
    const fields = { sender: author.publicKey, payload, timestampSeconds, number };
    this.#false(readRecord(identity, makeEnvelope(identity, fields, { genesis })), "a record of another genesis");
  }

  #otherNetwork(): void {
    const record = this.#victim();
    if (record === undefined) return;
    const envelope = record.envelope.slice();
    envelope[2] = ((envelope[2] as number) + 1) % 4;
    this.#powers.publish([{ ...record, envelope }]);
    this.#powers.acted(`${record.id.slice(0, 8)} as a record of another network`);
  }

  #otherTopic(): void {
    const record = this.#victim();
    if (record === undefined) return;
    const { network } = this.#powers.identity;
    const topic = strandTopic(network, (record.task.taskType + 1) % TASK_TYPES, 0);
    this.#powers.publish([{ ...record, topic }]);
    this.#powers.acted(`${record.id.slice(0, 8)} on another topic`);
  }

  /** A record of another author, with its signature, moved to another task. */
  #otherTask(): void {
    const { identity, random, shelf } = this.#powers;
    const record = shelf.pick(random, ({ payload }) => payload.kind !== "task" && payload.kind !== "cancel");
    const other = shelf.pick(random, ({ payload }) => payload.kind === "task");
    if (record === undefined || other === undefined || other.id === record.task.taskId) return;
    const { payload, timestampSeconds, number, author } = record;
    const moved = { ...payload, task: other.task };
    const sender = Buffer.from(author, "hex");
    const signature = record.envelope.slice(-96);
    const envelope = makeEnvelope(
      identity,
      { sender, payload: moved, timestampSeconds, number },
      { sign: () => signature },
    );
    this.#false(readRecord(identity, envelope), `${record.id.slice(0, 8)} in another task`);
    // A record of its own with the body of another author is a member, and its body is none of its author.
    if (payload.kind !== "submission") return;
    const copy = this.#powers.author.sign({ ...payload, task: other.task });
    this.#powers.publish([this.#powers.keep(copy)]);
  }

  /** An old message in a new bundle. */
  #again(): void {
    const record = this.#victim();
    if (record === undefined) return;
    this.#powers.publish([record]);
    this.#powers.acted(`${record.id.slice(0, 8)} again`);
  }

  #victim(): PeerRecord | undefined {
    return this.#powers.shelf.pick(this.#powers.random);
  }

  #false(record: PeerRecord | undefined, text: string): void {
    if (record === undefined) return;
    // A record that another peer moved may be back where its author signed it.
    if (!isSigned(this.#powers.identity, record)) this.#powers.forged(record.id);
    this.#powers.publish([record]);
    this.#powers.acted(text);
  }
}
