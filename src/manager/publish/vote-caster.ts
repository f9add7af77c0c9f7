import type { EngineEffect } from "../../engine/index.js";
import { encodeBundle } from "../../protocol/bundle.js";
import { encodeHead, joinEnvelope, MessageType, signedMessage } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import { hashBytes } from "../../protocol/records.js";
import type { NetworkIdentity } from "../../protocol/rules.js";
import { encodeVote } from "../../protocol/verdict-messages.js";
import type { ScanQueue } from "../inbound/index.js";
import type { AuthorStores } from "./author-stores.js";

type CastVote = Extract<EngineEffect, { kind: "cast_vote" }>;

export interface VoteCasterPorts {
  readonly identity: NetworkIdentity;
  readonly authors: Pick<AuthorStores, "voting">;
  readonly scanQueue: Pick<ScanQueue, "own">;
  /** The evidence that another node has this node's libp2p key; undefined while a peer is ready. */
  readonly doubledPeerId: () => string | undefined;
  readonly failed: (what: string, error: unknown) => void;
}

/**
 * Signs the votes of own members. A vote is in the vote log of its key before it is signed; one that contradicts an
 * earlier vote of the log is not signed. The engine repeats a vote that did not come back.
 */
export class VoteCaster {
  readonly #ports: VoteCasterPorts;

  constructor(ports: VoteCasterPorts) {
    this.#ports = ports;
  }

  /** Never rejects. */
  async cast(effect: CastVote): Promise<void> {
    try {
      await this.#cast(effect);
    } catch (error) {
      this.#ports.failed("cast_vote", error);
    }
  }

  async #cast({ author, vote, timestampSeconds }: CastVote): Promise<void> {
    const { identity, authors, scanQueue } = this.#ports;
    const { signer, votes, assertVotes } = authors.voting(author);
    const doubled = this.#ports.doubledPeerId();
    if (doubled !== undefined) throw new NetworkError("peer_id_in_use", `no vote is signed: ${doubled}`);
    assertVotes();
    const { task, submissionId, roster, round, step, held, value } = vote;
    await votes.reserve({ submissionId, roster, t0: task.t0, round, step, held, value });
    const head = encodeHead({
      type: MessageType.ConsensusVote,
      network: identity.network,
      timestampSeconds,
      number: 0,
      sender: hashBytes(author),
      payload: encodeVote(vote),
    });
    assertVotes();
    const envelope = joinEnvelope(head, await signer.sign(signedMessage(identity.genesis, head)));
    // A host may take minutes to sign. Drop the signature of a key that was stopped meanwhile.
    assertVotes();
    scanQueue.own(encodeBundle([envelope]), () => undefined);
  }
}
