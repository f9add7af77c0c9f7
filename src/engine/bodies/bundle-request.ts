import { bodyHash, bodyHashStream, checkBody } from "../../protocol/bodies.js";
import type { BodyPart } from "../../protocol/body-parts.js";
import { toHex } from "../../protocol/bytes.js";
import type { Blake3Stream, StreamingBlake3 } from "../../protocol/hash.js";
import type { BodyAnswer, BodyEnd } from "./body-end.js";
import { type BodyWant, subjectOf } from "./body-wants.js";

/** One hash of a request. `want` is undefined once the body is no longer needed from this request. */
export interface Slot {
  want: BodyWant | undefined;
  readonly hash: string;
  /** As announced. */
  readonly length: number;
}

/** A body that comes in parts. */
interface Receiving {
  /** Undefined: the body has another length than announced, so only its hash counts. */
  readonly buffer: Uint8Array | undefined;
  readonly hash: Blake3Stream;
  readonly total: number;
  received: number;
}

/** What one part of the answer ended. `faulty`: the part breaks the order, or the body has another hash. */
export type PartResult =
  | { readonly kind: "more" }
  | { readonly kind: "faulty" }
  | { readonly kind: "answered"; readonly slot: Slot; readonly end: BodyEnd | undefined };

/** One request for several bodies: takes the parts of its answer in order, and hashes each body as it arrives. */
export class BundleRequest {
  readonly peer: string;
  readonly requestId: string;
  readonly slots: Slot[] = [];
  /** The author whose proof the request carries. */
  proofAuthor: string | undefined;
  startedMs = 0;
  /** When the request ends at the latest. */
  deadlineMs = 0;
  readonly #blake3: StreamingBlake3;
  #at = 0;
  #receiving: Receiving | undefined;

  constructor(blake3: StreamingBlake3, peer: string, requestId: string) {
    this.#blake3 = blake3;
    this.peer = peer;
    this.requestId = requestId;
  }

  /** Every hash has its whole answer. */
  get isAnswered(): boolean {
    return this.#at === this.slots.length;
  }

  /** No answer has come yet. */
  get isUntouched(): boolean {
    return this.#at === 0 && this.#receiving === undefined;
  }

  /** The slots without a whole answer. */
  left(): readonly Slot[] {
    return this.slots.slice(this.#at);
  }

  take(part: BodyPart): PartResult {
    const slot = this.slots[this.#at];
    if (slot === undefined) return { kind: "faulty" };
    if (part.status === "ok") return this.#takeBytes(slot, part.left, part.bytes);
    if (this.#receiving !== undefined) return { kind: "faulty" };
    this.#at++;
    return { kind: "answered", slot, end: failedEnd(this.peer, part.status) };
  }

  /** Frees the unfinished hash. */
  close(): void {
    this.#receiving?.hash.destroy();
    this.#receiving = undefined;
  }

  #takeBytes(slot: Slot, left: number, bytes: Uint8Array): PartResult {
    if (this.#receiving === undefined && bytes.length === left) {
      // A copy, because a view would keep the whole frame.
      return this.#complete(slot, left === slot.length ? bytes.slice() : undefined, bodyHash(this.#blake3, bytes));
    }
    const begun = this.#receiving ?? {
      buffer: left === slot.length ? new Uint8Array(left) : undefined,
      hash: bodyHashStream(this.#blake3),
      total: left,
      received: 0,
    };
    this.#receiving = begun;
    if (begun.total - begun.received !== left) return { kind: "faulty" };
    begun.buffer?.set(bytes, begun.received);
    begun.hash.update(bytes);
    begun.received += bytes.length;
    if (begun.received < begun.total) return { kind: "more" };
    this.#receiving = undefined;
    return this.#complete(slot, begun.buffer, begun.hash.digest());
  }

  #complete(slot: Slot, bytes: Uint8Array | undefined, hash: Uint8Array): PartResult {
    if (toHex(hash) !== slot.hash) return { kind: "faulty" };
    this.#at++;
    return { kind: "answered", slot, end: slot.want && this.#judge(slot.want, bytes, hash) };
  }

  /** The bytes have the asked hash: what is wrong with them now is the author's fault. */
  #judge(want: BodyWant, bytes: Uint8Array | undefined, hash: Uint8Array): BodyEnd {
    const { peer } = this;
    if (bytes === undefined) return { kind: "invalid", peer, code: "body_mismatch", served: false };
    const checked = checkBody({ author: want.owner, payload: subjectOf(want), body: want.body }, bytes, hash);
    if (checked.ok) return { kind: "came", peer, bytes };
    return { kind: "invalid", peer, code: checked.code, served: true };
  }
}

function failedEnd(peer: string, status: BodyAnswer): BodyEnd {
  return { kind: "failed", peer, code: status === "unknown" ? "not_found" : "request_refused", status };
}
