import { FORGERIES, forged, mockSign } from "../../kernel/mock-signatures.js";
import type { Behaviour, Powers } from "../behaviour.js";
import { isSigned, makeEnvelope, type PeerRecord, readRecord, type Sign } from "../records.js";

const CHANCE = 0.4;
/** Fraction of the served records that are replaced by damaged copies. */
const DAMAGED = 0.2;
/** Bytes of an envelope, counted from its end. */
const DAMAGE_FROM = 56;
const DAMAGE_TO = 48;

/** See `forge` in the kinds. */
export class Forge implements Behaviour {
  readonly #powers: Powers;

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  step(): void {
    const { random, shelf, publish, acted, peers } = this.#powers;
    if (!random.chance(CHANCE)) return;
    const victim = shelf.pick(random, (record) => !this.#powers.isOwn(record));
    const made = this.#powers.author.task().record;
    const way = random.below(3);
    if (way === 0 || victim === undefined) {
      const fault = random.pick(FORGERIES);
      const sender = this.#powers.author.publicKey.slice();
      if (fault === "bad_public_key") sender[31] = 0xff;
      this.#send(made, sender, (key, message) => forged(key, message, fault));
      acted(`a record of its own with the fault ${fault}`);
    } else if (way === 1) {
      // The key of another author, and the signature of its own.
      this.#send(made, Buffer.from(victim.author, "hex"), (_, message) =>
        mockSign(this.#powers.author.publicKey, message),
      );
      acted(`a record in the name of ${victim.author.slice(0, 8)}`);
    } else {
      publish([damaged(victim)], random.shuffled(peers()).slice(0, 2));
      acted(`a damaged copy of ${victim.id.slice(0, 8)}`);
    }
  }

  serves(_peer: string, records: readonly PeerRecord[]): readonly PeerRecord[] {
    return records.map((record) => {
      if (!this.#powers.random.chance(DAMAGED)) return record;
      this.#powers.acted(`serves a damaged copy of ${record.id.slice(0, 8)}`);
      return damaged(record);
    });
  }

  #send({ payload, timestampSeconds, number }: PeerRecord, sender: Uint8Array, sign: Sign): void {
    const { identity } = this.#powers;
    const record = readRecord(
      identity,
      makeEnvelope(identity, { sender, payload, timestampSeconds, number }, { sign }),
    );
    if (record === undefined) return;
    if (!isSigned(identity, record)) this.#powers.forged(record.id);
    this.#powers.publish([record]);
  }
}

/** The same record with a false signature. It has the id of the good one. Damage of a damaged copy changes nothing. */
function damaged(record: PeerRecord): PeerRecord {
  const envelope = record.envelope.slice();
  // A part of e: no honest signature has these bytes there.
  envelope.fill(7, envelope.length - DAMAGE_FROM, envelope.length - DAMAGE_TO);
  return { ...record, envelope };
}
