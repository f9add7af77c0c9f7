import type { Kernel } from "../../kernel/index.js";
import { bodyProofMessage } from "../../protocol/body-proof.js";
import { fromHex } from "../../protocol/bytes.js";
import { encodeHead, joinEnvelope, type MessageType, signedMessage } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import { hashBytes } from "../../protocol/records.js";
import type { NetworkIdentity } from "../../protocol/rules.js";
import { bodiesHash, type SyncRequest } from "../../protocol/sync-messages.js";
import { packItems } from "../../protocol/table.js";
import type { Signer } from "../publish/index.js";

export interface NodeSignerOptions {
  readonly kernel: Pick<Kernel, "verifyMessages">;
  readonly identity: NetworkIdentity;
  readonly blake3: Blake3;
  /** The node key: it signs hellos, sync requests and responses, alerts and scores. */
  readonly node: Signer;
  /** Author keys by hex, for body proofs. */
  readonly author: (key: string) => Signer | undefined;
  /** Salt of the live connection to a peer, hex. */
  readonly salt: (peer: string) => string | undefined;
  readonly nowMs: () => number;
}

/** Signs with the node key, and checks signatures besides those of records: hellos and body proofs. */
export class NodeSigner {
  readonly #options: NodeSignerOptions;

  constructor(options: NodeSignerOptions) {
    this.#options = options;
  }

  /** An envelope that the node key signs, dated now. */
  async control(type: MessageType, payload: Uint8Array): Promise<Uint8Array> {
    const { identity, node, nowMs } = this.#options;
    const timestampSeconds = Math.floor(nowMs() / 1000);
    const head = encodeHead({
      type,
      network: identity.network,
      timestampSeconds,
      number: 0,
      sender: node.publicKey,
      payload,
    });
    return joinEnvelope(head, await node.sign(signedMessage(identity.genesis, head)));
  }

  /** Adds the body proof of `proofAuthor` to a request (protocol.md, Submission bodies). */
  async request(peer: string, request: SyncRequest, proofAuthor: string | undefined): Promise<SyncRequest> {
    if (proofAuthor === undefined || (request.kind !== "body" && request.kind !== "bodies")) return request;
    const author = this.#options.author(proofAuthor);
    const salt = this.#options.salt(peer);
    if (author === undefined)
      throw new NetworkError("unknown_key", "the body proof's author is not one of this node's");
    if (salt === undefined) throw new NetworkError("peer_gone", "the peer left before its request was signed");
    const hash = request.kind === "body" ? request.hash : bodiesHash(this.#options.blake3, request.hashes);
    const message = this.#proofMessage(hash, salt, request.requestId);
    const proof = Buffer.from(await author.sign(message)).toString("hex");
    return { ...request, access: { author: proofAuthor, proof } };
  }

  async checkProof(claim: {
    readonly peer: string;
    readonly requestId: string;
    readonly author: string;
    readonly hash: string;
    readonly proof: string;
  }): Promise<boolean> {
    const salt = this.#options.salt(claim.peer);
    const signature = fromHex(claim.proof);
    if (salt === undefined || signature === undefined) return false;
    return this.verify(hashBytes(claim.author), this.#proofMessage(claim.hash, salt, claim.requestId), signature);
  }

  /** Verifies one signature (s, e, R) over any message. */
  async verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const verdicts = await this.#options.kernel.verifyMessages(packItems([{ publicKey, message, signature }]));
    return verdicts[0] === 0;
  }

  #proofMessage(hash: string, salt: string, requestId: string): Uint8Array {
    const id = fromHex(requestId) ?? new Uint8Array(0);
    return bodyProofMessage(this.#options.identity.genesis, hashBytes(hash), hashBytes(salt), id);
  }
}
