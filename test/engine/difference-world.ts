import type { EngineOptions } from "../../src/engine/engine.js";
import { WINDOWS_FULL } from "../../src/engine/index.js";
import { CodedCells, ShortIds, shortKey } from "../../src/engine/reconcile/index.js";
import { fromHex } from "../../src/protocol/bytes.js";
import { type PrintLevel, printOf, shortIdKey } from "../../src/protocol/compare.js";
import {
  type Cell,
  type Difference,
  decodeDifference,
  encodeDifference,
  type ShortId,
} from "../../src/protocol/difference-frames.js";
import { decodeFingerprints, encodeFingerprints, type Fingerprints } from "../../src/protocol/fingerprint-frames.js";
import { hashBytes } from "../../src/protocol/records.js";
import { blake3, keyOf } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made } from "../support/simulation/story.js";
import { requestId } from "./lone-exchange.js";

export const DAY = 20_000;
export const STRAND = "040000";
export const WINDOWS_PER_DAY = 144;
/** The window of the first record of {@link DifferenceWorld.publish}. */
export const NOON_WINDOW = DAY * WINDOWS_PER_DAY + WINDOWS_PER_DAY / 2;

/** One node and a peer that speaks the full form and does what the test says. */
export class DifferenceWorld {
  readonly lone: LoneWorld;
  readonly role: 0 | 1;
  /** Of the exchange under test. */
  id = "";
  #read = 0;

  /** `opener`: the node opens the exchanges. Else the peer does. */
  constructor(side: "opener" | "acceptor", options: Partial<EngineOptions> = {}) {
    this.lone = new LoneWorld({ taskTypes: [4], ...options });
    this.role = side === "opener" ? 1 : 0;
  }

  /** Publishes a record `windows` windows before noon. */
  publish(number: number, windows = 0): Made {
    const { story, node } = this.lone;
    const seconds = story.nowSeconds - 600 * windows;
    return story.publish(node, story.task(author(number), story.nowSeconds + 60, { seconds, number: 0 }));
  }

  /** Connects the peer and begins the exchange. */
  begin(fromDay = DAY - 1, toDay = DAY): void {
    const { lone } = this;
    lone.peer("a", { dialed: this.role === 1, features: [WINDOWS_FULL] });
    if (this.role === 1) {
      this.id = lone.asked("a", "windows").at(-1) ?? "";
      return;
    }
    this.id = requestId();
    lone.request("a", { kind: "windows", requestId: this.id, strands: [STRAND], fromDay, toDay });
  }

  fingerprints(content: Fingerprints): void {
    this.lone.frame("a", { kind: "fingerprints", requestId: this.id, bytes: encodeFingerprints(content) });
    this.lone.clock.advance(20);
  }

  difference(content: Difference): void {
    this.lone.frame("a", { kind: "difference", requestId: this.id, bytes: encodeDifference(content) });
    this.lone.clock.advance(20);
  }

  /** What the node sent since the last call. */
  sent(): (Fingerprints | Difference)[] {
    const frames = this.lone.frames.slice(this.#read);
    this.#read = this.lone.frames.length;
    return frames.flatMap(({ frame }) => {
      if (frame.kind === "fingerprints") return decodeFingerprints(frame.bytes, 1) ?? [];
      return frame.kind === "difference" ? (decodeDifference(frame.bytes, 1) ?? []) : [];
    });
  }

  /** A print of the peer. */
  print(level: PrintLevel, number: number, state = new Uint8Array(32)): string {
    const requestBytes = fromHex(this.id) ?? new Uint8Array();
    const sender = { salt: hashBytes(keyOf("salt")), requestId: requestBytes, key: hashBytes(keyOf("node a")) };
    return printOf(blake3, { ...sender, role: this.role }, Uint8Array.of(4, 0, 0), level, number, state);
  }

  /** The peer's roots: of another set than the node's. */
  otherRoots(fromDay = DAY - 1, count = 5): Fingerprints {
    return { kind: "roots", fromDay, roots: [{ count, print: this.print(0, 0) }] };
  }

  /** A day of the peer that differs from the node's. */
  day(number: number, count = 5): Fingerprints {
    return { kind: "days", last: true, groups: [{ strand: 0, number, count, print: this.print(1, number) }] };
  }

  /** Begins an exchange in which the day of noon differs, up to the first chunk. The node has `records` there. */
  untilChunks(records: number, theirs = 5): void {
    for (let number = 0; number < records; number++) this.publish(number);
    this.begin();
    if (this.role === 1) {
      this.fingerprints(this.otherRoots(DAY - 45));
      this.fingerprints(this.day(DAY, theirs));
      this.fingerprints({ kind: "windows", last: true, groups: [] });
      return;
    }
    this.fingerprints(this.otherRoots());
    this.fingerprints(this.day(DAY));
  }

  /** The short ids of some records in the exchange. */
  shorts(ids: readonly string[]): ShortIds {
    const requestBytes = fromHex(this.id) ?? new Uint8Array();
    return ShortIds.ofHex(shortKey(shortIdKey(blake3, keyOf("salt"), requestBytes)), ids);
  }

  short(id: string): ShortId {
    const ids = this.shorts([id]);
    return { high: ids.high(0), low: ids.low(0) };
  }

  /** The first coded cells of some records. */
  cells(ids: readonly string[], count: number): Cell[] {
    const cells = new CodedCells(this.shorts(ids));
    cells.build(count, 2 ** 31);
    return Array.from({ length: count }, (_, at) => ({
      high: cells.high[at] ?? 0,
      low: cells.low[at] ?? 0,
      check: cells.check[at] ?? 0,
      count: (cells.count[at] ?? 0) & 0xffff,
    }));
  }

  get open(): number {
    return this.lone.node.engine.waiting().openRequests;
  }

  get isEqual(): boolean {
    return this.lone.node.engine.syncReport(true).strands.find(({ strand }) => strand === STRAND)?.equalPeers === 1;
  }
}
