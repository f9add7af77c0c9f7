import { fromHex } from "../../protocol/bytes.js";
import { LEVEL_DAY, LEVEL_ROOT, LEVEL_WINDOW, ROOT_PRINT_BYTES } from "../../protocol/compare.js";
import { type Difference, decodeDifference, encodeDifference, type ShortId } from "../../protocol/difference-frames.js";
import type { ReasonCode } from "../../protocol/errors.js";
import {
  decodeFingerprints,
  encodeFingerprints,
  type Fingerprints,
  GROUPS_MAX,
  type GroupPrint,
  type RootPrint,
} from "../../protocol/fingerprint-frames.js";
import type { Frame } from "../../protocol/frames.js";
import type { SyncRequest, SyncResponse, SyncStatus } from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";
import type { Peer } from "../peers/index.js";
import { ShortIds, ShortIndex } from "../reconcile/index.js";
import type { RecordSet } from "../set/index.js";
import type { ChunkIds } from "./chunk-ids.js";
import { FrameQueue } from "./frame-queue.js";
import { Prints, type Role } from "./prints.js";
import { Transfers } from "./transfers.js";

/** An exchange ends after this time without a frame: as long as a send may take. */
const IDLE_MS = 30_000;
/** The specification's request timeout. */
const TOTAL_MS = 300_000;
/** Chunks of an exchange that are open at once: the short ids and cells of each take about 250 KB. */
export const OPEN_CHUNKS = 16;
const NO_PRINT = "00".repeat(ROOT_PRINT_BYTES);

export type WindowsRequest = Extract<SyncRequest, { kind: "windows" }>;

export interface WindowPorts {
  readonly context: Context;
  readonly set: RecordSet;
  fault(peer: string, code: ReasonCode): void;
}

/** The result of an exchange. */
export interface WindowResult {
  readonly completed: boolean;
  readonly moved: boolean;
  /** Computed equality by strand; empty when the registries differ or the exchange broke off. */
  readonly equal: ReadonlyMap<string, boolean>;
}

/** What both sides of an exchange in full form do (protocol.md, Sync, kind 3). */
export abstract class DifferenceSide {
  readonly requestId: string;
  readonly peer: Peer;
  readonly role: Role;
  readonly startedMs: number;
  /** The strands of the request. */
  protected readonly strands: readonly string[];
  protected readonly prints: Prints;
  protected readonly queue: FrameQueue;
  protected readonly transfers: Transfers;
  protected readonly context: Context;
  protected readonly set: RecordSet;
  /** Days that are compared. */
  protected fromDay: number;
  protected readonly toDay: number;
  /** Records that the other side has and this side lacks, as far as known; undefined before the comparison. */
  protected lackingCount: number | undefined;
  readonly #ports: WindowPorts;
  readonly #held: ReadonlySet<string>;
  #touchedMs: number;
  #result: WindowResult | undefined;
  #hasWork = false;
  #refused: ShortIndex | undefined;

  constructor(ports: WindowPorts, peer: Peer, request: WindowsRequest, role: Role) {
    const { context, set } = ports;
    this.#ports = ports;
    this.context = context;
    this.set = set;
    this.peer = peer;
    this.requestId = request.requestId;
    this.role = role;
    this.startedMs = context.nowMs;
    this.#touchedMs = context.nowMs;
    this.strands = request.strands;
    this.fromDay = request.fromDay;
    this.toDay = request.toDay;
    this.#held = new Set(context.heldStrands());
    this.prints = new Prints(context, peer, request.requestId, role);
    this.queue = new FrameQueue(context, peer.facts.peer, request.requestId);
    this.transfers = new Transfers(context, peer.facts.peer, request.requestId, this.prints.key);
  }

  /** Undefined while the exchange runs. */
  get result(): WindowResult | undefined {
    return this.#result;
  }

  /** Whether work waits for the next step. */
  get hasWork(): boolean {
    return this.#result === undefined && this.#hasWork;
  }

  get lacking(): number | undefined {
    return this.lackingCount === undefined ? undefined : this.lackingCount + this.transfers.outstanding;
  }

  get sizes(): { readonly listed: number; readonly wanted: number } {
    return { listed: 0, wanted: this.transfers.outstanding };
  }

  /** Goes on with the exchange: about `budget` us of work. Called after each of its events and at each tick. */
  pump(budget: number): void {
    if (this.#result !== undefined) return;
    const left = this.advance(budget);
    this.#hasWork = left <= 0;
    this.queue.flush();
    const { nowMs } = this.context;
    if (this.#result === undefined && (nowMs - this.#touchedMs >= IDLE_MS || nowMs - this.startedMs >= TOTAL_MS)) {
      this.timedOut();
    }
  }

  /** Takes a frame. False: it does not belong to the exchange, which is over. */
  frame(frame: Frame): boolean {
    this.#touch();
    if (frame.kind === "fingerprints") {
      const content = decodeFingerprints(frame.bytes, this.strands.length);
      return content === undefined ? this.#malformed() : this.#taken(this.onFingerprints(content));
    }
    if (frame.kind !== "difference") return this.#taken(false);
    const content = decodeDifference(frame.bytes, this.strands.length);
    return content === undefined ? this.#malformed() : this.#taken(this.onDifference(content));
  }

  /** Whether the id was requested and has not arrived. */
  wants(id: string): boolean {
    return this.transfers.wants(id);
  }

  inVerification(step: 1 | -1): void {
    this.transfers.inVerification(step);
    this.#touch();
  }

  settled(id: string, isNew: boolean): void {
    this.transfers.settled(id, isNew);
  }

  served(items: number, bytes: number, isSent: boolean): void {
    this.#touch();
    this.transfers.sent(items, bytes);
    if (!isSent) this.finish(false, []);
  }

  /** A turn of frames was sent, or failed. */
  sent(isSent: boolean): void {
    this.#touch();
    this.queue.sent();
    if (!isSent) this.finish(false, []);
  }

  /** Takes type 4. False: it does not belong to the exchange, which is over. */
  responded(response: SyncResponse): boolean {
    this.#touch();
    return this.#taken(this.onResponse(response));
  }

  abort(): void {
    this.finish(false, []);
  }

  /** Works until the budget is spent, and returns what is left; more than 0: nothing to do until the next event. */
  protected abstract advance(budget: number): number;
  protected abstract onFingerprints(content: Fingerprints): boolean;
  protected abstract onDifference(content: Difference): boolean;
  protected abstract onResponse(response: SyncResponse): boolean;
  protected abstract timedOut(): void;

  protected send(content: Difference): void {
    this.queue.difference(encodeDifference(content));
  }

  /** Positions of the strands that this side holds. */
  protected get ownStrands(): number[] {
    return [...this.strands.keys()].filter((at) => this.#held.has(this.strands[at] as string));
  }

  /** Computes missing digests of the set; 0: some are missing still. */
  protected refresh(strands: readonly number[], budget: number): number {
    let left = budget;
    for (const at of strands) left = this.set.states.refresh(this.strands[at] as string, left);
    return left;
  }

  /** Roots by position of the strand; undefined: not held. */
  protected roots(): (Uint8Array | undefined)[] {
    return this.strands.map((strand) =>
      this.#held.has(strand) ? this.set.states.root(strand, this.fromDay, this.toDay).state : undefined,
    );
  }

  /** Sends the prints of some roots. */
  protected sendRoots(roots: readonly (Uint8Array | undefined)[]): void {
    const prints = roots.map((state, at): RootPrint | undefined => {
      const strand = this.strands[at] as string;
      if (state === undefined) return undefined;
      const { count } = this.set.states.root(strand, this.fromDay, this.toDay);
      return { count, print: this.prints.own(strand, LEVEL_ROOT, 0, state) };
    });
    this.queue.fingerprints(encodeFingerprints({ kind: "roots", fromDay: this.fromDay, roots: prints }));
  }

  /** Prints of the current roots, for the end of the exchange. */
  protected endPrints(): string[] {
    return this.roots().map((state, at) =>
      state === undefined ? NO_PRINT : this.prints.own(this.strands[at] as string, LEVEL_ROOT, 0, state),
    );
  }

  /** Whether the other side's print is that of a root. */
  protected isRoot(at: number, state: Uint8Array | undefined, print: string | undefined): boolean {
    if (state === undefined || print === undefined) return false;
    return this.prints.theirs(this.strands[at] as string, LEVEL_ROOT, 0, state) === print;
  }

  /** Own days of a strand, with the prints that `side` sends for them. */
  protected days(at: number, side: "own" | "theirs"): GroupPrint[] {
    const strand = this.strands[at] as string;
    return this.set.states.days(strand, this.fromDay, this.toDay).flatMap((number) => {
      const day = this.set.states.day(strand, number);
      if (day === undefined) return [];
      return [{ strand: at, number, count: day.count, print: this.prints[side](strand, LEVEL_DAY, number, day.state) }];
    });
  }

  /** Own windows of a day, with the prints that `side` sends for them. */
  protected windows(at: number, day: number, side: "own" | "theirs"): GroupPrint[] {
    const strand = this.strands[at] as string;
    return this.set.states.windowsOf(strand, day).flatMap((number) => {
      const window = this.set.states.window(strand, number);
      const state = window === undefined ? undefined : fromHex(window.state);
      if (window === undefined || state === undefined) return [];
      const print = this.prints[side](strand, LEVEL_WINDOW, number, state);
      return [{ strand: at, number, count: window.count, print }];
    });
  }

  protected sendGroups(kind: "days" | "windows", groups: readonly GroupPrint[]): void {
    for (let at = 0; at < Math.max(1, groups.length); at += GROUPS_MAX) {
      const part = groups.slice(at, at + GROUPS_MAX);
      this.queue.fingerprints(encodeFingerprints({ kind, last: at + GROUPS_MAX >= groups.length, groups: part }));
    }
  }

  /** Wants what the other side has and this side lacks, as far as there is room. `passed`: lacked and not wanted. */
  protected wantOf(theirs: readonly ShortId[], own: ChunkIds): { readonly wants: ShortId[]; readonly passed: number } {
    const arrived = own.arrived();
    const wants: ShortId[] = [];
    let passed = 0;
    for (const short of theirs) {
      const { high, low } = short;
      if (arrived.has(high, low)) continue;
      if (this.#isRefused(high, low) || this.transfers.outstanding >= this.context.limits.wanted_ids) {
        passed++;
        continue;
      }
      this.transfers.want(high, low);
      wants.push(short);
    }
    return { wants, passed };
  }

  /** Whether the id was refused on this connection before. */
  #isRefused(high: number, low: number): boolean {
    if (this.#refused === undefined) {
      const ids = ShortIds.ofHex(this.prints.key, this.peer.refused.keys());
      this.#refused = new ShortIndex();
      for (let at = 0; at < ids.count; at++) this.#refused.add(ids.high(at), ids.low(at));
    }
    return this.#refused.has(high, low);
  }

  protected respond(status: SyncStatus): void {
    const { items, bytes } = this.transfers.served;
    const peer = this.peer.facts.peer;
    this.context.out.emit({ kind: "send_response", peer, requestId: this.requestId, status, items, bytes });
  }

  /** Ends the exchange. `equal`: positions of strands that were compared, and whether they are equal. */
  protected finish(completed: boolean, equal: readonly (readonly [number, boolean])[]): void {
    if (this.#result !== undefined) return;
    const { moved } = this.transfers;
    const isComparable = completed && this.peer.registryDigest === this.context.facts?.registryDigest;
    const compared = isComparable ? equal.map(([at, isEqual]) => [this.strands[at] as string, isEqual] as const) : [];
    this.#result = { completed, moved, equal: new Map(compared) };
    const isEqual = equal.every(([, each]) => each);
    const label = !completed ? "cut_off" : !isEqual ? "different" : moved ? "resolved" : "equal";
    this.context.out.count("comparisons", label);
  }

  #touch(): void {
    this.#touchedMs = this.context.nowMs;
  }

  #taken(belongs: boolean): boolean {
    if (!belongs) this.finish(false, []);
    return belongs;
  }

  #malformed(): true {
    this.#ports.fault(this.peer.facts.peer, "frame_malformed");
    this.finish(false, []);
    return true;
  }
}
