import { dayOf } from "../../protocol/membership.js";
import { BoundedMap } from "../bounded/index.js";
import type { Context } from "../context.js";
import type { EventLog } from "../event-log.js";
import type { CertificateFact, ConsensusTracker } from "../fold/index.js";
import type { BodyBook, RecordSet, TaskRecord } from "../set/index.js";
import type { MemberEntry } from "../writes.js";
import type { Settled } from "./bundle-state.js";

/**
 * A window with more members is hashed only every {@link LARGE_WINDOW_MS}, because each new record costs a hash of the
 * whole window. Between hashes the window state on disk is older than the records.
 */
export const LARGE_WINDOW = 256;
/** The specification's anti-entropy interval: window states are compared no more often. */
const LARGE_WINDOW_MS = 30_000;

interface WindowName {
  readonly strand: string;
  readonly window: number;
}

const NO_WINDOW: WindowName = { strand: "", window: 0 };

export interface AdmissionPorts {
  readonly context: Context;
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
  readonly events: EventLog;
  readonly book: BodyBook;
  /** Takes a new member, whose task and body may be missing. `holder`: the peer that sent it. */
  joined(record: TaskRecord, holder: string | undefined): void;
  left(entry: MemberEntry): void;
  /** Members of the task changed in this step, or the last one left. */
  changed(taskId: string): void;
  gone(taskId: string): void;
  /** A certificate of this submission is a member. */
  certified(taskId: string, submissionId: string): void;
  /** Loads the records of a closed task. */
  load(taskId: string): void;
}

/** Admits members, writes them to disk, and updates tasks and events. No other code adds to the set. */
export class Admission {
  readonly #ports: AdmissionPorts;
  readonly #touched = new Map<string, WindowName>();
  /** The window that was touched last since the last {@link flush}. */
  #lastTouched = NO_WINDOW;
  readonly #firstHeld: BoundedMap<string, number>;
  #diskFull = false;
  #setFull = false;
  #firstKeptDay = 0;
  #largeMs = 0;

  constructor(ports: AdmissionPorts) {
    this.#ports = ports;
    this.#firstHeld = new BoundedMap(ports.context.limits.first_held);
  }

  get diskFull(): boolean {
    return this.#diskFull;
  }

  /** Whether the set is at its cap, so that this node admits no record. */
  get setFull(): boolean {
    return this.#setFull;
  }

  get firstHeldCount(): number {
    return this.#firstHeld.size;
  }

  setDiskFull(full: boolean): void {
    this.#diskFull = full;
  }

  /** When this node first held a submission, unix seconds. */
  firstHeldSeconds(submissionId: string): number | undefined {
    return this.#firstHeld.get(submissionId);
  }

  /** Admits a record that meets every rule of membership. New for gossip: unknown, and its slot not yet equivocated. */
  admit(entry: MemberEntry, record: TaskRecord, envelope: Uint8Array, holder: string | undefined): Settled {
    const { context, set, tracker, events } = this.#ports;
    if (this.#diskFull) return { kind: "ignored", code: "storage_full", remember: false };
    const admitted = set.admit(entry);
    switch (admitted.outcome) {
      case "known":
        return { kind: "ignored", code: "already_known", remember: false };
      case "refused":
        return { kind: "ignored", code: "slot_equivocated", remember: true };
      case "full":
        this.#setFull = true;
        return { kind: "ignored", code: "storage_full", remember: false };
      case "added": {
        const { evicted } = admitted;
        if (evicted !== undefined) this.#drop(evicted);
        context.out.write({ kind: "put_record", entry, envelope });
        this.#ports.changed(entry.taskId);
        this.#touch(entry);
        if (record.payload.kind === "submission") this.#firstHeld.set(record.id, context.nowSeconds);
        const applied = tracker.add(record);
        if (applied.state === "parked_closed") this.#ports.load(entry.taskId);
        events.joined(record);
        this.#ports.joined(applied.state === "applied" ? applied.record : record, holder);
        if (evicted !== undefined) return { kind: "ignored", code: "slot_equivocated", remember: false };
        context.out.count("records_in", "new");
        return { kind: "new" };
      }
    }
  }

  /**
   * Admits a certificate that holds. It is on the disk, with the events of the verdict, before anyone hears of it. A
   * task whose records are being loaded gets its certificate afterwards: until then its verdict gives no event.
   */
  admitCertificate(entry: MemberEntry, fact: CertificateFact, envelope: Uint8Array): Settled {
    const { context, set, tracker, events } = this.#ports;
    if (this.#diskFull) return { kind: "ignored", code: "storage_full", remember: false };
    if (tracker.isStale(entry.taskId)) {
      this.#ports.load(entry.taskId);
      return { kind: "ignored", code: "over_budget", remember: false };
    }
    const { outcome } = set.admit(entry);
    if (outcome === "known") return { kind: "ignored", code: "already_known", remember: false };
    if (outcome !== "added") {
      this.#setFull = true;
      return { kind: "ignored", code: "storage_full", remember: false };
    }
    context.out.write({ kind: "put_record", entry, envelope });
    context.out.needSync();
    this.#ports.changed(entry.taskId);
    this.#touch(entry);
    tracker.addCertificate(entry.taskId, fact);
    events.certified(entry.taskId, fact);
    this.#ports.certified(entry.taskId, fact.submissionId);
    return { kind: "new" };
  }

  /** Removes members by whole UTC days (protocol.md, What belongs to the set). */
  expire(): void {
    const { context, set } = this.#ports;
    const firstKeptDay = dayOf(context.nowSeconds) - context.identity.rules.horizonDays;
    // Compared for equality: a clock that is set back by days must also lower the first kept day.
    if (firstKeptDay === this.#firstKeptDay) return;
    this.#firstKeptDay = firstKeptDay;
    const gone = set.expire(firstKeptDay);
    for (const entry of gone) this.#drop(entry);
    if (gone.length > 0) context.out.count("records_expired", "day", gone.length);
    if (gone.length > 0) this.#setFull = false;
  }

  /** Removes members whose envelopes the disk lost. */
  lose(ids: readonly string[]): void {
    const { context, set, tracker } = this.#ports;
    const pairs = ids.flatMap((id) => set.equivocatedPair(id) ?? []);
    const gone = ids.flatMap((id) => set.lose(id) ?? []);
    for (const entry of gone) this.#drop(entry);
    // A record whose slot was shared with a lost one may be of another task.
    for (const id of pairs) tracker.slotChanged(id);
    if (gone.length > 0) context.out.count("values_lost", "record", gone.length);
  }

  /** Writes the states of changed windows; for large ones every {@link LARGE_WINDOW_MS}. */
  flush(): void {
    if (this.#touched.size === 0) return;
    const { context, set } = this.#ports;
    this.#lastTouched = NO_WINDOW;
    const largeToo = Math.abs(context.nowMs - this.#largeMs) >= LARGE_WINDOW_MS;
    if (largeToo) this.#largeMs = context.nowMs;
    for (const [key, { strand, window }] of this.#touched) {
      if (!largeToo && set.windowCount(strand, window) > LARGE_WINDOW) continue;
      this.#touched.delete(key);
      const state = set.states.window(strand, window);
      if (state === undefined) context.out.write({ kind: "drop_window", strand, window });
      else context.out.write({ kind: "put_window", window: state });
    }
  }

  #drop(entry: MemberEntry): void {
    const { context, tracker, book, events } = this.#ports;
    context.out.write({ kind: "drop_record", entry });
    tracker.remove(entry);
    this.#touch(entry);
    this.#firstHeld.delete(entry.id);
    this.#ports.left(entry);
    events.touch(entry.taskId);
    if (tracker.has(entry.taskId)) {
      this.#ports.changed(entry.taskId);
      return;
    }
    this.#ports.gone(entry.taskId);
    const { hashes, reassigned } = book.drop(entry.taskId);
    for (const { hash, taskId } of reassigned) context.out.write({ kind: "refer_body", hash, taskId });
    for (const hash of hashes) context.out.write({ kind: "drop_body", hash, taskId: entry.taskId });
  }

  #touch({ strand, window }: MemberEntry): void {
    const { strand: lastStrand, window: lastWindow } = this.#lastTouched;
    // The records of a bundle are mostly of one window.
    if (strand === lastStrand && window === lastWindow) return;
    this.#lastTouched = { strand, window };
    this.#touched.set(`${strand}:${window}`, this.#lastTouched);
  }
}
