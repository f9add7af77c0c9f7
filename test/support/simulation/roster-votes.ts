import type { ChainFacts } from "../../../src/engine/chain-facts.js";
import { toHex } from "../../../src/protocol/bytes.js";
import { encodeList, listValue, type VerdictList } from "../../../src/protocol/certificate.js";
import { buildCertificate, type SignedVote } from "../../../src/protocol/certificate-build.js";
import { rosterDigest, sortKeys, type WeightedKey } from "../../../src/protocol/digests.js";
import type { TaskRef } from "../../../src/protocol/records.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import { encodeCertificate, encodeVote } from "../../../src/protocol/verdict-messages.js";
import { blake3, signEnvelope } from "./fake-signer.js";
import type { Made } from "./story.js";
import { EVERYONE } from "./world.js";

/** Facts with one roster for every day. */
export function withRoster(members: readonly WeightedKey[]): ChainFacts {
  return { ...EVERYONE, rosters: [{ fromDay: 0, members }] };
}

export function equalWeights(keys: readonly string[]): WeightedKey[] {
  return sortKeys(keys.map((key) => ({ key, weight: 1 })));
}

/** The members of a roster as voters on one submission. */
export class RosterVotes {
  readonly #identity: NetworkIdentity;
  readonly #roster: readonly WeightedKey[];
  readonly #task: TaskRef;
  readonly list: VerdictList;

  /** `scores`: the validations of the list, by validator. */
  constructor(
    identity: NetworkIdentity,
    roster: readonly WeightedKey[],
    { publisher, submission, submitter }: { publisher: string; submission: Made; submitter: string },
    validations: readonly { readonly validator: string; readonly score: number; readonly id: string }[],
  ) {
    const { taskId, t0 } = submission.task;
    this.#identity = identity;
    this.#roster = roster;
    this.#task = submission.task;
    this.list = {
      rules: toHex(identity.rulesDigest),
      roster: toHex(rosterDigest(blake3, identity.genesis, Math.floor(t0 / 86_400) - 1, roster)),
      taskId,
      submissionId: submission.id,
      publisher,
      submitter,
      validations: validations
        .map(({ validator, score, id }) => ({
          rosterIndex: roster.findIndex(({ key }) => key === validator),
          score,
          recordId: id,
        }))
        .sort((a, b) => a.rosterIndex - b.rosterIndex),
    };
  }

  get value(): string {
    return toHex(listValue(blake3, encodeList(this.list)));
  }

  /** The signed envelope of a vote. */
  vote(
    voter: string,
    seconds: number,
    { round = 0, step = "commit", held = 0, value = this.value }: Partial<Ballot> = {},
  ): Uint8Array {
    const { submissionId, roster } = this.list;
    const payload = encodeVote({ task: this.#task, submissionId, roster, round, step, held, value });
    return signEnvelope(this.#identity, { type: 6, sender: voter, timestampSeconds: seconds }, payload);
  }

  /**
   * The certificate of round 0 by these voters, in an envelope of `sender`. `damaged`: the signature of this voter does
   * not hold.
   */
  certificate(voters: readonly string[], sender: string, seconds: number, damaged?: string): Uint8Array {
    const { submissionId, roster } = this.list;
    const votes = voters.map((voter): SignedVote => {
      const vote = { task: this.#task, submissionId, roster, round: 0, step: "commit", held: 0 } as const;
      const signature = voter === damaged ? new Uint8Array(96) : this.vote(voter, seconds).slice(-96);
      return { voter, vote: { ...vote, value: this.value }, timestampSeconds: seconds, signature };
    });
    const certificate = buildCertificate(blake3, encodeList(this.list), this.#roster, votes);
    if (certificate === undefined) throw new Error("the voters are no quorum");
    const fields = { type: 8, sender, timestampSeconds: seconds } as const;
    return signEnvelope(this.#identity, fields, encodeCertificate(certificate));
  }
}

interface Ballot {
  readonly round: number;
  readonly step: "prepare" | "commit";
  readonly held: number;
  readonly value: string;
}
