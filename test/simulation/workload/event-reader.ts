import type { StoredEvent } from "../../../src/engine/index.js";
import { SKIPPED_NUMBERS } from "../../../src/manager/assembly/event-numbers.js";
import { NetworkError } from "../../../src/protocol/errors.js";
import type { Life, Schedule } from "../world/schedule.js";
import type { UserControl } from "./drafts.js";
import type { Ledger } from "./ledger.js";

/** Events in one page. */
const PAGE = 500;
/** Past events that a reader asks for again after a restart, and compares. */
const COMPARED = 64;
const RETRY_MS = 1000;

export interface EventReaderOptions {
  readonly schedule: Schedule;
  readonly ledger: Ledger;
  readonly count: (name: string) => void;
  /** The first life of the node has the events of another one. */
  readonly isRestored?: boolean;
}

/**
 * A program that follows the events of one node by a cursor, across crashes. It notes each event that comes twice, out
 * of order or changed, and each gap.
 */
export class EventReader {
  readonly #node: string;
  readonly #options: EventReaderOptions;
  /** Sequence of the last event read. */
  #cursor = 0;
  /** The last events as text, by sequence modulo {@link COMPARED}. */
  readonly #last: string[] = [];
  /** Records whose joining was reported. */
  readonly #records = new Set<string>();
  /** The node has had a life before. */
  #isAttached: boolean;
  /** The node may have ended without a stop: it skips numbers once. */
  #maySkip = false;
  /** Events that arrive while pages are read. */
  #live: StoredEvent[] | undefined;
  /** Sequence of the last event of a page. A page may have an event that is announced later. */
  #pagedTo = 0;

  constructor(node: string, options: EventReaderOptions) {
    this.#node = node;
    this.#options = options;
    this.#isAttached = options.isRestored ?? false;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Follows a new life of the node: first the stored events from a little before the cursor, then the live ones. */
  attach(control: UserControl, life: Life): void {
    this.#maySkip = this.#isAttached;
    this.#isAttached = true;
    this.#live = [];
    control.subscribe((event) => {
      if (this.#live !== undefined) this.#live.push(event);
      else if (event.sequence > this.#pagedTo) this.#read(event);
    });
    const from = Math.max(0, this.#cursor - COMPARED);
    this.#options.schedule.after(0, life, () => this.#page(control, life, from));
  }

  #page(control: UserControl, life: Life, after: number): void {
    this.#options.count("workload event pages");
    control.eventsAfter(after, PAGE).then(
      (events) => {
        for (const event of events) this.#read(event);
        const last = events.at(-1);
        if (events.length === PAGE && last !== undefined) this.#page(control, life, last.sequence);
        else this.#goLive();
      },
      (error: unknown) => {
        if (!(error instanceof NetworkError)) this.#violated(`the events could not be read: ${String(error)}`);
        this.#options.count("workload event pages refused");
        this.#options.schedule.after(RETRY_MS, life, () => this.#page(control, life, after));
      },
    );
  }

  #goLive(): void {
    const live = this.#live ?? [];
    this.#live = undefined;
    this.#pagedTo = this.#cursor;
    for (const event of live) if (event.sequence > this.#cursor) this.#read(event);
  }

  #read(event: StoredEvent): void {
    const { sequence } = event;
    const text = JSON.stringify(event.body) + event.event;
    const slot = sequence % COMPARED;
    if (sequence <= this.#cursor) {
      const before = this.#last[slot];
      if (this.#live === undefined) this.#violated(`event ${sequence} came again`);
      else if (sequence > this.#cursor - COMPARED && before !== text) this.#violated(`event ${sequence} has changed`);
      return;
    }
    // A life that ended before the reader saw it counts as an end without a stop.
    const isFirst = this.#cursor === 0 && sequence % SKIPPED_NUMBERS === 1;
    const isNext = isFirst || sequence === this.#cursor + 1;
    if (!isNext && !this.#maySkip) this.#violated(`event ${sequence} came after ${this.#cursor}`);
    if (!isNext) this.#maySkip = false;
    this.#options.count("workload events read");
    this.#cursor = sequence;
    this.#last[slot] = text;
    this.#joined(event);
  }

  /** A record joins the set again if it has left it: by damage of the disk, or while its author was not registered. */
  #joined({ body }: StoredEvent): void {
    if (!("record_id" in body)) return;
    const { record_id: id } = body;
    if (this.#records.has(id)) this.#options.count("workload records joined again");
    this.#records.add(id);
  }

  #violated(text: string): void {
    this.#options.ledger.violated(this.#node, this.#options.schedule.nowMs, text);
  }
}
