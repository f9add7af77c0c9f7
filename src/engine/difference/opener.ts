import { type Difference, SHORTS_MAX } from "../../protocol/difference-frames.js";
import type { Fingerprints, GroupPrint, RootPrint } from "../../protocol/fingerprint-frames.js";
import { DAY_SECONDS } from "../../protocol/rules.js";
import type { SyncResponse } from "../../protocol/sync-messages.js";
import type { Peer } from "../peers/index.js";
import { type FoundDifference, OpenerChunk } from "./opener-chunk.js";
import { CHUNK_IDS, type PlannedChunk, type PlannedRun, paired, planChunks } from "./plan.js";
import { DifferenceSide, OPEN_CHUNKS, type WindowPorts, type WindowsRequest } from "./side.js";

/** Days by which the clocks of two nodes may put the horizon apart. */
const HORIZON_DAYS_APART = 1;

/** The side that opened the exchange. It compares the days and windows, and finds the differences. */
export class DifferenceOpener extends DifferenceSide {
  readonly #askedFromDay: number;
  readonly #windowsPerDay: number;
  #theirRoots: readonly (RootPrint | undefined)[] | undefined;
  #rootsSent = false;
  /** Positions of strands that both hold, with the result of the comparison of their roots. */
  readonly #equal = new Map<number, boolean>();
  readonly #theirDays: GroupPrint[] = [];
  readonly #theirWindows: GroupPrint[] = [];
  #daysEnded = false;
  #windowsEnded = false;
  #plan: PlannedChunk[] | undefined;
  #nextChunk = 0;
  readonly #open = new Map<number, OpenerChunk>();
  /** Ids that a side lacks and does not want. */
  #left = 0;
  #endSent = false;
  #response: SyncResponse | undefined;

  constructor(ports: WindowPorts, peer: Peer, request: WindowsRequest) {
    super(ports, peer, request, "opener");
    const { identity } = ports.context;
    this.#askedFromDay = request.fromDay;
    this.#windowsPerDay = DAY_SECONDS / identity.rules.windowSeconds;
  }

  protected onFingerprints(content: Fingerprints): boolean {
    if (content.kind === "roots") {
      if (this.#theirRoots !== undefined || content.fromDay < this.fromDay) return false;
      this.#theirRoots = content.roots;
      this.fromDay = content.fromDay;
      return true;
    }
    const isDays = content.kind === "days";
    if (!this.#rootsSent || this.#windowsEnded || (isDays ? this.#daysEnded : !this.#daysEnded)) return false;
    const groups = isDays ? this.#theirDays : this.#theirWindows;
    for (const group of content.groups) {
      const day = isDays ? group.number : Math.floor(group.number / this.#windowsPerDay);
      if (this.#equal.get(group.strand) !== false || day < this.fromDay || day > this.toDay) return false;
      if (!follows(groups.at(-1), group)) return false;
      groups.push(group);
    }
    if (isDays) this.#daysEnded = content.last;
    else this.#windowsEnded = content.last;
    return true;
  }

  protected onDifference(content: Difference): boolean {
    switch (content.kind) {
      case "cells":
      case "list":
        return this.#open.get(content.chunk)?.take(content) ?? false;
      case "wanted":
        return this.#onWanted(content);
      default:
        return false;
    }
  }

  protected onResponse(response: SyncResponse): boolean {
    if (this.#response !== undefined) return false;
    this.#response = response;
    if (response.status !== "ok" && response.status !== "unknown") this.finish(false, []);
    return true;
  }

  protected timedOut(): void {
    this.finish(false, []);
  }

  protected advance(budget: number): number {
    let left = budget;
    if (this.#theirRoots !== undefined && !this.#rootsSent) {
      left = this.refresh(this.ownStrands, left);
      if (left <= 0) return 0;
      this.#compareRoots(this.#theirRoots);
    }
    if (this.#windowsEnded && this.#plan === undefined) {
      left = this.refresh(this.#different, left);
      if (left <= 0) return 0;
      this.#plan = planChunks(this.#differingRuns(), this.#windowsPerDay);
      this.lackingCount = this.#plan.reduce((sum, { mine, theirs }) => sum + Math.max(0, theirs - mine), 0);
    }
    if (this.#plan !== undefined) left = this.#workChunks(this.#plan, left);
    if (this.#response !== undefined && this.transfers.idle) this.#close(this.#response);
    return left;
  }

  get #different(): number[] {
    return [...this.#equal].flatMap(([at, isEqual]) => (isEqual ? [] : [at]));
  }

  #compareRoots(theirs: readonly (RootPrint | undefined)[]): void {
    this.#rootsSent = true;
    const roots = this.roots();
    for (const at of this.ownStrands) {
      const root = theirs[at];
      if (root !== undefined) this.#equal.set(at, this.isRoot(at, roots[at], root.print));
    }
    this.sendRoots(roots);
    const different = this.#different;
    if (different.length === 0) this.lackingCount = 0;
    else
      this.sendGroups(
        "days",
        different.flatMap((at) => this.days(at, "own")),
      );
  }

  /** Windows that differ, and days whose windows the other side did not name. */
  #differingRuns(): PlannedRun[] {
    return this.#different.flatMap((at) => {
      const theirs = this.#theirDays.filter(({ strand }) => strand === at);
      const narrowed = new Map<number, GroupPrint[]>();
      for (const window of this.#theirWindows) {
        if (window.strand !== at) continue;
        const day = Math.floor(window.number / this.#windowsPerDay);
        const windows = narrowed.get(day) ?? [];
        windows.push(window);
        narrowed.set(day, windows);
      }
      return paired(this.days(at, "theirs"), theirs).flatMap(({ number, own, other }) => {
        if (own?.print === other?.print) return [];
        const windows = narrowed.get(number);
        if (windows === undefined) {
          const window = number * this.#windowsPerDay;
          return [this.#run(at, window, this.#windowsPerDay, own, other)];
        }
        return paired(this.windows(at, number, "theirs"), windows).flatMap((pair) =>
          pair.own?.print === pair.other?.print ? [] : [this.#run(at, pair.number, 1, pair.own, pair.other)],
        );
      });
    });
  }

  #run(
    strand: number,
    window: number,
    length: number,
    own: GroupPrint | undefined,
    other: GroupPrint | undefined,
  ): PlannedRun {
    return { strand, window, length, mine: own?.count ?? 0, theirs: other?.count ?? 0 };
  }

  #workChunks(plan: readonly PlannedChunk[], budget: number): number {
    let left = budget;
    while (this.#mayOpen(plan)) this.#openChunk(plan[this.#nextChunk] as PlannedChunk);
    for (const chunk of this.#open.values()) {
      if (left <= 0) return 0;
      if (chunk.isFound) continue;
      const worked = chunk.work(left);
      left = worked.left;
      if (worked.ask !== undefined) this.send({ kind: "more", chunk: chunk.index, cells: worked.ask });
      if (worked.found !== undefined) this.#report(chunk, worked.found);
    }
    const isOver = this.#nextChunk === plan.length && this.#open.size === 0;
    if (!isOver || this.#endSent || !this.transfers.idle) return left;
    left = this.refresh(this.ownStrands, left);
    if (left <= 0) return 0;
    this.#endSent = true;
    this.send({ kind: "end", prints: this.endPrints() });
    return left;
  }

  #mayOpen(plan: readonly PlannedChunk[]): boolean {
    const next = plan[this.#nextChunk];
    if (next === undefined || this.#open.size >= OPEN_CHUNKS) return false;
    let open = Math.max(next.mine, next.theirs);
    for (const { planned } of this.#open.values()) open += Math.max(planned.mine, planned.theirs);
    const hasRoom = this.#open.size === 0 || open <= OPEN_CHUNKS * CHUNK_IDS;
    return hasRoom && 2 * this.transfers.outstanding <= this.context.limits.wanted_ids;
  }

  #openChunk(planned: PlannedChunk): void {
    const index = this.#nextChunk++;
    const runs = planned.runs.map((run) => ({ ...run, strand: this.strands[run.strand] as string }));
    const chunk = new OpenerChunk(index, planned, this.set, this.prints.key, runs);
    this.#open.set(index, chunk);
    this.lackingCount = (this.lackingCount ?? 0) - Math.max(0, planned.theirs - planned.mine);
    this.context.out.count("compared_chunks", chunk.ask === 0 ? "list" : "cells");
    this.send({ kind: "scope", chunk: index, cells: chunk.ask, runs: planned.runs });
  }

  /** Tells the other side what is wanted of it, and what it lacks. */
  #report(chunk: OpenerChunk, { theirs, own }: FoundDifference): void {
    const { wants, passed } = this.wantOf(theirs, chunk.own);
    this.#left += passed;
    chunk.offered(own.length);
    const half = Math.floor(SHORTS_MAX / 2);
    for (let at = 0; at < Math.max(1, wants.length, own.length); at += half) {
      this.send({
        kind: "found",
        chunk: chunk.index,
        last: at + half >= wants.length && at + half >= own.length,
        left: passed,
        wants: wants.slice(at, at + half),
        offers: own.slice(at, at + half),
      });
    }
  }

  #onWanted({ chunk: index, last, left, wants }: Extract<Difference, { kind: "wanted" }>): boolean {
    const chunk = this.#open.get(index);
    if (chunk === undefined || !chunk.takeWanted(wants)) return false;
    if (!last) return true;
    this.#left += left;
    this.#open.delete(index);
    const ids = chunk.wantedHandles().flatMap((handle) => this.set.idOf(handle) ?? []);
    this.transfers.serve(ids, () => undefined);
    return true;
  }

  #close({ status }: SyncResponse): void {
    const isResolved = status === "ok" && this.#endSent && this.#left === 0 && this.transfers.outstanding === 0;
    const isComparable = this.fromDay <= this.#askedFromDay + HORIZON_DAYS_APART;
    const equal = [...this.#equal].map(([at, isEqual]) => [at, isEqual || isResolved] as const);
    this.finish(status === "ok", isComparable ? equal : []);
  }
}

function follows(before: GroupPrint | undefined, { strand, number }: GroupPrint): boolean {
  return before === undefined || before.strand < strand || (before.strand === strand && before.number < number);
}
