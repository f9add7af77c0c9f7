import type { ReasonCode } from "../../protocol/errors.js";
import type { TaskRef } from "../../protocol/records.js";
import type { SyncResponse } from "../../protocol/sync-messages.js";
import type { ListShelf } from "../ballots/index.js";
import type { Context } from "../context.js";

/** A request that is not answered within this time is given up. A list has at most 10 KiB. */
const TIMEOUT_MS = 10_000;
/** Peers that are asked for one list. After them the vote or the certificate that needs it asks again. */
const PEERS_MAX = 8;

export interface ListFetchPorts {
  readonly context: Context;
  readonly lists: ListShelf;
  /** Connected peers, best first, that hold the strand of a task. */
  ranked(task: TaskRef): readonly string[];
  /** The request ended; its late frames are no fault. */
  closed(peer: string, requestId: string): void;
  fault(peer: string, code: ReasonCode): void;
  /** The list of a value is here. */
  listed(value: string): void;
}

interface Running {
  readonly value: string;
  readonly requestId: string;
  readonly untilMs: number;
}

/** Kind 2: requests verdict lists by their value, from one peer after the other. */
export class ListFetch {
  readonly #ports: ListFetchPorts;
  /** By peer: one exchange of the kind each. */
  readonly #running = new Map<string, Running>();
  /** Peers that lacked a wanted list, by value; bounded by the wanted lists. */
  readonly #asked = new Map<string, Set<string>>();

  constructor(ports: ListFetchPorts) {
    this.#ports = ports;
  }

  get open(): number {
    return this.#running.size;
  }

  tick(): void {
    const { context, lists } = this.#ports;
    for (const [peer, { untilMs }] of this.#running) if (untilMs <= context.nowMs) this.#end(peer);
    for (const value of this.#asked.keys()) if (!lists.isWanted(value)) this.#asked.delete(value);
    for (const [value, task] of [...lists.wanted()]) this.#ask(value, task);
  }

  /** A frame with a list. Undefined: no request of this id. */
  list(peer: string, requestId: string, bytes: Uint8Array): boolean | undefined {
    const running = this.#find(peer, requestId);
    if (running === undefined) return undefined;
    const { lists, fault, listed } = this.#ports;
    const { value } = running;
    if (!lists.isWanted(value)) return true;
    if (lists.receive(value, bytes)) listed(value);
    else {
      this.#end(peer);
      fault(peer, "body_mismatch");
    }
    return true;
  }

  responded(peer: string, { requestId }: SyncResponse): boolean {
    if (this.#find(peer, requestId) === undefined) return false;
    this.#end(peer);
    return true;
  }

  peerGone(peer: string): void {
    if (this.#running.has(peer)) this.#end(peer);
  }

  #ask(value: string, task: TaskRef): void {
    const { context, lists, ranked } = this.#ports;
    for (const running of this.#running.values()) if (running.value === value) return;
    const asked = this.#asked.get(value) ?? new Set();
    const left = ranked(task).filter((peer) => !asked.has(peer));
    if (left.length === 0 || asked.size >= PEERS_MAX) {
      lists.giveUp(value);
      return;
    }
    const peer = left.find((one) => !this.#running.has(one));
    if (peer === undefined) return;
    const requestId = context.requestId();
    this.#asked.set(value, asked.add(peer));
    this.#running.set(peer, { value, requestId, untilMs: context.nowMs + TIMEOUT_MS });
    context.out.emit({ kind: "send_request", peer, request: { kind: "list", requestId, hash: value } });
  }

  #find(peer: string, requestId: string): Running | undefined {
    const running = this.#running.get(peer);
    return running?.requestId === requestId ? running : undefined;
  }

  #end(peer: string): void {
    const running = this.#running.get(peer);
    this.#running.delete(peer);
    if (running !== undefined) this.#ports.closed(peer, running.requestId);
  }
}
