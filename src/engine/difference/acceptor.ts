import { type Difference, SHORTS_MAX, type WindowRun } from "../../protocol/difference-frames.js";
import type { Fingerprints, GroupPrint, RootPrint } from "../../protocol/fingerprint-frames.js";
import { dayOf } from "../../protocol/membership.js";
import { DAY_SECONDS } from "../../protocol/rules.js";
import type { Peer } from "../peers/index.js";
import { AcceptorChunk } from "./acceptor-chunk.js";
import { isNarrowed, paired } from "./plan.js";
import { DifferenceSide, OPEN_CHUNKS, type WindowPorts, type WindowsRequest } from "./side.js";

/** The side that answers: it sends its prints, and the coded cells that the opener asks for. */
export class DifferenceAcceptor extends DifferenceSide {
  readonly #membersMax: number;
  readonly #windowsPerDay: number;
  /** The roots as they were sent. */
  #roots: readonly (Uint8Array | undefined)[] | undefined;
  /** Positions of strands that both hold, with the result of the comparison of their roots. */
  #equal: Map<number, boolean> | undefined;
  readonly #theirDays: GroupPrint[] = [];
  #daysEnded = false;
  #daysSent = false;
  /** The oldest window so far in the chunks, by strand. */
  readonly #oldest = new Map<number, number>();
  #nextChunk = 0;
  readonly #open = new Map<number, AcceptorChunk>();
  #left = 0;
  #endPrints: readonly string[] | undefined;

  constructor(ports: WindowPorts, peer: Peer, request: WindowsRequest) {
    super(ports, peer, request, "acceptor");
    const { identity, limits, nowSeconds } = ports.context;
    this.#membersMax = limits.members;
    this.#windowsPerDay = DAY_SECONDS / identity.rules.windowSeconds;
    this.fromDay = Math.max(request.fromDay, dayOf(nowSeconds) - identity.rules.horizonDays);
  }

  protected onFingerprints(content: Fingerprints): boolean {
    if (content.kind === "roots") return content.fromDay === this.fromDay && this.#onRoots(content.roots);
    if (content.kind !== "days" || this.#daysEnded) return false;
    for (const group of content.groups) {
      if (this.#equal?.get(group.strand) !== false || group.number < this.fromDay || group.number > this.toDay) {
        return false;
      }
      const before = this.#theirDays.at(-1);
      const follows =
        before === undefined ||
        before.strand < group.strand ||
        (before.strand === group.strand && before.number < group.number);
      if (!follows) return false;
      this.#theirDays.push(group);
    }
    this.#daysEnded = content.last;
    return true;
  }

  protected onDifference(content: Difference): boolean {
    switch (content.kind) {
      case "scope":
        return this.#onScope(content);
      case "more":
        return this.#open.get(content.chunk)?.more(content.cells) ?? false;
      case "found":
        return this.#onFound(content);
      case "end":
        return this.#onEnd(content.prints);
      default:
        return false;
    }
  }

  protected onResponse(): boolean {
    return false;
  }

  protected timedOut(): void {
    if (this.#daysSent) this.respond("unknown");
    this.finish(false, []);
  }

  protected advance(budget: number): number {
    let left = budget;
    if (this.#roots === undefined) {
      left = this.refresh(this.ownStrands, left);
      if (left <= 0) return 0;
      this.#roots = this.roots();
      this.sendRoots(this.#roots);
    }
    if (this.#daysEnded && !this.#daysSent) {
      left = this.refresh(this.#different, left);
      if (left <= 0) return 0;
      this.#sendDays();
    }
    for (const chunk of this.#open.values()) {
      if (left <= 0) return 0;
      // What is made waits until what was made before is sent.
      if (chunk.answered || !this.queue.empty) continue;
      left = chunk.work(left, (content) => this.send(content));
    }
    // Records wait for their verification, and this frame did not: it may have come before those that it follows.
    if (this.#endPrints !== undefined && this.transfers.idle && this.transfers.outstanding === 0) {
      left = this.refresh(this.#different, left);
      if (left <= 0) return 0;
      this.#close(this.#endPrints);
    }
    return left;
  }

  get #different(): number[] {
    return [...(this.#equal ?? [])].flatMap(([at, isEqual]) => (isEqual ? [] : [at]));
  }

  #onRoots(theirs: readonly (RootPrint | undefined)[]): boolean {
    const roots = this.#roots;
    if (roots === undefined || this.#equal !== undefined) return false;
    this.#equal = new Map();
    let lacking = 0;
    for (const at of this.ownStrands) {
      const root = theirs[at];
      if (root === undefined) continue;
      const isEqual = this.isRoot(at, roots[at], root.print);
      this.#equal.set(at, isEqual);
      const { count } = this.set.states.root(this.strands[at] as string, this.fromDay, this.toDay);
      if (!isEqual) lacking += Math.max(0, root.count - count);
    }
    this.lackingCount = lacking;
    if (this.#different.length > 0) return true;
    this.respond("ok");
    this.finish(true, [...this.#equal]);
    return true;
  }

  /** Sends the days of the strands that differ, and the windows of the days that are narrowed. */
  #sendDays(): void {
    this.#daysSent = true;
    const different = this.#different;
    this.sendGroups(
      "days",
      different.flatMap((at) => this.days(at, "own")),
    );
    const windows = different.flatMap((at) => {
      const theirs = this.#theirDays.filter(({ strand }) => strand === at);
      return paired(this.days(at, "theirs"), theirs).flatMap(({ number, own, other }) => {
        if (own === undefined || other === undefined || own.print === other.print) return [];
        const held = this.set.states.windowsOf(this.strands[at] as string, number).length;
        return isNarrowed(own.count, other.count, held) ? this.windows(at, number, "own") : [];
      });
    });
    this.sendGroups("windows", windows);
  }

  #onScope({ chunk: index, cells, runs }: Extract<Difference, { kind: "scope" }>): boolean {
    if (!this.#daysSent || this.#endPrints !== undefined || index !== this.#nextChunk) return false;
    if (this.#open.size >= OPEN_CHUNKS || !runs.every((run) => this.#isNext(run))) return false;
    this.#nextChunk++;
    const named = runs.map((run) => ({ ...run, strand: this.strands[run.strand] as string }));
    const chunk = new AcceptorChunk(index, cells, this.set, this.prints.key, named);
    this.#open.set(index, chunk);
    return chunk.isFit;
  }

  /** Whether a run is of the days of a strand that differs, and older than the runs of the strand before it. */
  #isNext({ strand, window, length }: WindowRun): boolean {
    const [first, last] = [Math.floor(window / this.#windowsPerDay), window + length - 1];
    const isAsked = first >= this.fromDay && Math.floor(last / this.#windowsPerDay) <= this.toDay;
    if (this.#equal?.get(strand) !== false || !isAsked || last >= (this.#oldest.get(strand) ?? 2 ** 32)) return false;
    this.#oldest.set(strand, window);
    return true;
  }

  #onFound(content: Extract<Difference, { kind: "found" }>): boolean {
    const chunk = this.#open.get(content.chunk);
    if (chunk === undefined || !chunk.found(content, this.#membersMax)) return false;
    if (!chunk.foundEnded) return true;
    const ids = chunk.wantedHandles().flatMap((handle) => this.set.idOf(handle) ?? []);
    this.transfers.serve(ids, () => this.#want(chunk));
    return true;
  }

  /** Says what is wanted of a chunk, after its records are served. */
  #want(chunk: AcceptorChunk): void {
    this.#open.delete(chunk.index);
    const { wants, passed } = this.wantOf(chunk.offers, chunk.own);
    this.#left += passed;
    for (let at = 0; at < Math.max(1, wants.length); at += SHORTS_MAX) {
      const last = at + SHORTS_MAX >= wants.length;
      this.send({ kind: "wanted", chunk: chunk.index, last, left: passed, wants: wants.slice(at, at + SHORTS_MAX) });
    }
  }

  #onEnd(prints: readonly string[]): boolean {
    if (!this.#daysSent || this.#open.size > 0 || this.#endPrints !== undefined) return false;
    this.#endPrints = prints;
    return true;
  }

  #close(prints: readonly string[]): void {
    const roots = this.roots();
    const equal = [...(this.#equal ?? [])].map(([at, isEqual]) => {
      return [at, isEqual || this.isRoot(at, roots[at], prints[at])] as const;
    });
    this.lackingCount = this.#left;
    this.respond("ok");
    this.finish(true, equal);
  }
}
