import { expect } from "vitest";
import { toHex, u8 } from "../../src/protocol/bytes.js";
import { MessageType } from "../../src/protocol/envelope.js";
import { decodeFrame, encodeFrame, type Frame } from "../../src/protocol/frames.js";
import { dayOf, windowOf } from "../../src/protocol/membership.js";
import { alertsTopic, strandTopic } from "../../src/protocol/strand.js";
import {
  decodeSyncRequest,
  decodeSyncResponse,
  encodeSyncRequest,
  encodeSyncResponse,
  type SyncRequest,
  type SyncResponse,
} from "../../src/protocol/sync-messages.js";
import type { Author } from "../support/envelopes.js";
import { IDENTITY, type NodeSetup, startNode, type TestNode } from "../support/network-nodes.js";
import { type Forged, forge, kernel, newAuthor, nowSeconds } from "./forge.js";
import type { WatchedNode } from "./watched-node.js";

export const TOPIC = strandTopic(IDENTITY.network, 0, 0);
export const TOPICS = [
  ...[0, 1, 2, 3, 4, 5].map((type) => strandTopic(IDENTITY.network, type, 0)),
  alertsTopic(IDENTITY.network),
];
export const STRAND = "000000";
const PAYLOAD_AT = 48;
const SIGNATURE_BYTES = 96;

/** A frame from the node; if it carries an envelope, the decoded payload. */
export type Received = Frame | { readonly kind: "request"; readonly request: SyncRequest } | SyncResponse;

/** A peer with a valid hello and key; the test decides everything that it sends after the hello. */
export class Adversary {
  readonly node: TestNode;
  readonly victim: WatchedNode;
  readonly #key: Author;

  private constructor(node: TestNode, victim: WatchedNode, key: Author) {
    this.node = node;
    this.victim = victim;
    this.#key = key;
  }

  /** Dials the node and waits until each side has the other's hello and subscriptions. */
  static async join(victim: WatchedNode, setup: NodeSetup = {}): Promise<Adversary> {
    const key = newAuthor();
    const node = await startNode({
      // Without a listen address no other node finds it.
      listen: [],
      bootstrap: [victim.address],
      topics: TOPICS,
      signer: { publicKey: key.publicKey, sign: async (message) => kernel.sign(key.privateKey, message) },
      ...setup,
    });
    await node.seen.until("the node's topics", () => node.network.peers().some(({ topics }) => topics > 0));
    const adversary = new Adversary(node, victim, key);
    await victim.until("the adversary's hello", () => victim.scoreOf(adversary.peer) !== undefined);
    return adversary;
  }

  get peer(): string {
    return this.node.peer;
  }

  /** Node key, hex. */
  get key(): string {
    return toHex(this.#key.publicKey);
  }

  async gossip(bundle: Uint8Array, topic = TOPIC): Promise<void> {
    await this.node.network.publish(topic, bundle);
  }

  /** Sends bytes as one frame. */
  raw(bytes: Uint8Array): Promise<void> {
    return this.node.network.send(this.victim.peer, bytes);
  }

  frame(frame: Frame): Promise<void> {
    return this.raw(encodeFrame(frame));
  }

  /** An envelope of type 3, 4 or 5, signed by the key of the hello or another. */
  control(type: MessageType, payload: Uint8Array, by = this.#key): Uint8Array {
    return forge(by, payload, { type }).envelope;
  }

  async request(request: SyncRequest, frameId = request.requestId, by = this.#key): Promise<void> {
    const envelope = this.control(MessageType.SyncRequest, encodeSyncRequest(request), by);
    await this.frame({ kind: "envelope", requestId: frameId, envelope });
  }

  async respond(requestId: string, status: SyncResponse["status"], by = this.#key): Promise<void> {
    const payload = encodeSyncResponse({ requestId, status, items: 0, bytes: 0n });
    const envelope = this.control(MessageType.SyncResponse, payload, by);
    await this.frame({ kind: "envelope", requestId, envelope });
  }

  /** Opens a plain window exchange on one strand and waits until the node has listed its records. */
  async openWindows(id: string): Promise<void> {
    const day = dayOf(nowSeconds());
    await this.request({ kind: "windows", requestId: id, strands: [STRAND], fromDay: day - 50, toDay: day + 1 });
    await this.receives("the end of its listing", (received) => received.find((one) => isEnd(one, id)));
  }

  /** Lists records in that exchange, and waits for the ids that the node requests. */
  async list(id: string, records: readonly Forged[]): Promise<readonly string[]> {
    const frame = (window: number, ids: readonly string[]): Promise<void> =>
      this.frame({ kind: "ids", requestId: id, strand: STRAND, window, last: true, ids });
    for (const { window, ids } of byWindow(records)) await frame(window, ids);
    await frame(END, []);
    const wanted = await this.receives("what it wants", (received) =>
      received.find(
        (one) => "requestId" in one && one.requestId === id && (one.kind === "want" || one.kind === "response"),
      ),
    );
    return wanted.kind === "want" ? wanted.ids : [];
  }

  /** The status with which the node closed the exchange. */
  closed(id: string): Promise<SyncResponse["status"]> {
    return this.receives("the response", (received) =>
      received.flatMap((one) => (one.kind === "response" && one.requestId === id ? [one.status] : [])).at(0),
    );
  }

  /** Everything that the node has sent on its sync stream, in order. */
  received(): Received[] {
    return this.node.seen.frames.map(({ bytes }) => readFrame(bytes));
  }

  /** Waits for a frame of the node. */
  async receives<T>(what: string, find: (received: readonly Received[]) => T | undefined): Promise<T> {
    let found: T | undefined;
    await this.node.seen.until(what, () => {
      found = find(this.received());
      return found !== undefined;
    });
    return found as T;
  }

  /** Expects that the node counts this fault and lowers the score of this peer. */
  async isCharged(by: () => Promise<void>, code: string): Promise<void> {
    const { victim } = this;
    const before = victim.count("peer_faults", code);
    const score = victim.scoreOf(this.peer) ?? 0;
    await by();
    await victim.until(`a fault ${code}`, () => victim.count("peer_faults", code) === before + 1);
    expect(victim.scoreOf(this.peer) ?? 0).toBeLessThan(score);
  }
}

const END = 0xffff_ffff;

function isEnd(received: Received, id: string): boolean {
  return received.kind === "ids" && received.requestId === id && received.window === END;
}

/** The records by window, newest first, ids ascending. */
function byWindow(records: readonly Forged[]): { readonly window: number; readonly ids: readonly string[] }[] {
  const windows = new Map<number, string[]>();
  for (const { id, timestampSeconds } of records) {
    const window = windowOf(timestampSeconds, IDENTITY.rules);
    windows.set(window, [...(windows.get(window) ?? []), id].sort());
  }
  return [...windows].map(([window, ids]) => ({ window, ids })).sort((a, b) => b.window - a.window);
}

function readFrame(bytes: Uint8Array): Received {
  const decoded = decodeFrame(bytes);
  if (!decoded.ok) throw new Error(`the node sent a frame that can't be read: ${decoded.code}`);
  const frame = decoded.value;
  if (frame.kind !== "envelope") return frame;
  const payload = frame.envelope.subarray(PAYLOAD_AT, frame.envelope.length - SIGNATURE_BYTES);
  const type = frame.envelope[1];
  const request = decodeSyncRequest(payload);
  if (type === MessageType.SyncRequest && request.ok) return { kind: "request", request: request.value };
  const response = decodeSyncResponse(payload);
  if (type === MessageType.SyncResponse && response.ok) return response.value;
  throw new Error(`the node sent an envelope of type ${type} that can't be read`);
}

/** An unused request id: 16 bytes, the last is the number. */
export function requestId(number: number): string {
  return `${"7a".repeat(15)}${toHex(u8(number))}`;
}
