import { bodyHashStream, checkBody } from "../../protocol/bodies.js";
import { toHex } from "../../protocol/bytes.js";
import type { ReasonCode } from "../../protocol/errors.js";
import { FRAME_CHUNK_BYTES } from "../../protocol/frames.js";
import type { Blake3Stream } from "../../protocol/hash.js";
import type { SyncResponse, SyncStatus } from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";
import { failureOf } from "../exchange/index.js";
import { answerLabel } from "../metrics.js";
import type { Peers } from "../peers/index.js";
import type { BodyEnd } from "./body-end.js";
import type { BodyPeers } from "./body-peers.js";
import { type BodyWant, subjectOf } from "./body-wants.js";

/** The specification's request timeout. */
const REQUEST_MAX_MS = 300_000;

export interface BodyExchangePorts {
  readonly context: Context;
  readonly peers: Peers;
  readonly bodyPeers: BodyPeers;
  closed(peer: string, requestId: string): void;
  /** Counts the fault and lowers the score of the peer. */
  fault(peer: string, code: ReasonCode): void;
  ended(want: BodyWant, end: BodyEnd): void;
}

interface Running {
  readonly want: BodyWant;
  readonly peer: string;
  readonly requestId: string;
  readonly buffer: Uint8Array;
  /** Hash of the chunks so far: a body is hashed as it arrives, not in one step. */
  readonly hash: Blake3Stream;
  received: number;
}

/** Kind 1: fetches one body at a time from each peer, chunk by chunk in order, and checks the whole body. */
export class BodyExchange {
  readonly #ports: BodyExchangePorts;
  /** By peer; one exchange of this kind each. */
  readonly #running = new Map<string, Running>();
  #bytes = 0;

  constructor(ports: BodyExchangePorts) {
    this.#ports = ports;
  }

  get open(): number {
    return this.#running.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(peer: string): boolean {
    return this.#running.has(peer);
  }

  start(want: BodyWant, peer: string, requestId: string): void {
    const hash = bodyHashStream(this.#ports.context.blake3);
    this.#running.set(peer, { want, peer, requestId, buffer: new Uint8Array(want.body.length), hash, received: 0 });
    this.#bytes += want.body.length;
  }

  /** Takes a chunk. False: out of order, too long or not as announced. Undefined: of another request. */
  chunk(peer: string, requestId: string, offset: number, bytes: Uint8Array): boolean | undefined {
    const running = this.#running.get(peer);
    if (running?.requestId !== requestId) return undefined;
    const { want, buffer } = running;
    if (bytes.length === 0 || offset !== running.received) {
      this.#fail(running, "body_mismatch");
      return false;
    }
    if (offset + bytes.length > buffer.length) {
      // The body is longer than announced. Either the peer or the announced length is wrong. After a full chunk more
      // may follow, so this node can't tell which.
      running.hash.update(bytes);
      const expected = bytes.length === FRAME_CHUNK_BYTES || isAsked(running, running.hash.digest());
      this.#fail(running, "body_mismatch");
      return expected;
    }
    buffer.set(bytes, offset);
    running.hash.update(bytes);
    running.received += bytes.length;
    if (bytes.length === FRAME_CHUNK_BYTES) this.#progressed(want, peer);
    return running.received < buffer.length ? true : this.#complete(running);
  }

  /** True when the response belongs to a body exchange. */
  responded(peer: string, response: SyncResponse): boolean {
    const { bodyPeers, fault, ended } = this.#ports;
    if (bodyPeers.closed(peer, response.requestId)) return true;
    const running = this.#running.get(peer);
    if (running?.requestId !== response.requestId) return false;
    const { want } = running;
    if (response.status === "ok") {
      // Shorter than announced, with the requested hash: the announced length is wrong.
      if (isAsked(running, running.hash.digest())) {
        this.#drop(peer);
        ended(want, { kind: "invalid", peer, code: "body_mismatch", served: false });
        return true;
      }
      fault(peer, "body_mismatch");
    }
    this.#fail(running, failureOf(response), response.status);
    return true;
  }

  /** Ends the requests past their deadline. */
  expire(): void {
    const { nowMs } = this.#ports.context;
    for (const running of [...this.#running.values()]) {
      if ((running.want.active?.deadlineMs ?? 0) <= nowMs) this.#fail(running, "request_timeout");
    }
  }

  peerGone(peer: string): void {
    const running = this.#running.get(peer);
    if (running !== undefined) this.#fail(running, "peer_gone");
  }

  /** Drops a request whose body is no longer needed. The closing type 4 of the peer is still expected. */
  leave(want: BodyWant): void {
    const running = this.#running.get(want.active?.peer ?? "");
    if (running?.want === want) this.#close(running);
  }

  #close({ peer, requestId }: Running): void {
    this.#ports.bodyPeers.closing(peer, requestId);
    this.#drop(peer);
  }

  #complete(running: Running): boolean {
    const { context, peers, ended } = this.#ports;
    const { peer, want, buffer } = running;
    const { body } = want;
    const hash = running.hash.digest();
    if (!isAsked(running, hash)) {
      // After a full chunk more may follow. The announced length is then too short, and the peer is not at fault.
      const mayContinue = running.received % FRAME_CHUNK_BYTES === 0;
      this.#fail(running, "body_mismatch");
      return mayContinue;
    }
    const checked = checkBody({ author: want.owner, payload: subjectOf(want), body }, buffer, hash);
    if (want.active !== undefined) {
      const tookMs = context.nowMs - want.active.startedMs;
      peers.answered(peer, tookMs);
      context.out.count("requests_answered", answerLabel("body", tookMs));
    }
    // The closing type 4 arrives after the request has ended.
    this.#close(running);
    // The bytes match the announced hash. If they are not a valid body, the author is at fault and not the peer.
    if (checked.ok) ended(want, { kind: "came", peer, bytes: buffer });
    else ended(want, { kind: "invalid", peer, code: checked.code, served: true });
    return true;
  }

  /** Data arrived: extends the deadline, up to {@link REQUEST_MAX_MS} from the start. */
  #progressed({ active }: BodyWant, peer: string): void {
    if (active === undefined) return;
    const { context, peers } = this.#ports;
    const deadlineMs = Math.min(context.nowMs + peers.timeoutMs(peer), active.startedMs + REQUEST_MAX_MS);
    active.deadlineMs = Math.max(active.deadlineMs, deadlineMs);
  }

  #fail(running: Running, code: ReasonCode, status?: SyncStatus): void {
    this.#drop(running.peer);
    this.#ports.ended(running.want, { kind: "failed", peer: running.peer, code, status });
  }

  #drop(peer: string): void {
    const running = this.#running.get(peer);
    if (running === undefined) return;
    this.#running.delete(peer);
    this.#bytes -= running.buffer.length;
    running.hash.destroy();
    this.#ports.closed(peer, running.requestId);
  }
}

/** Whether the hash equals the announced one. */
function isAsked({ want }: Running, hash: Uint8Array): boolean {
  return toHex(hash) === want.body.hash;
}
