import type { StoredEvent } from "../../engine/index.js";
import type { NodeControl } from "../control.js";

/** Events of one read from the store while a subscriber catches up: at most 16 MiB, usually 128 KiB. */
const PAGE = 256;

/** The event for a subscriber that asked for events which the store no longer has. */
export const MISSED_EVENT = "events_missed";

/** What a subscriber gets: stored events, and a notice that some are missing. */
export type SentEvent =
  | StoredEvent
  | {
      readonly sequence: number;
      readonly event: typeof MISSED_EVENT;
      /** No event between `after` and `next` is kept. */
      readonly body: { readonly after: number; readonly next: number };
    };

/** Takes an event; resolves when there is room for the next. */
export type EventSink = (event: SentEvent) => Promise<void>;

/**
 * Sends a subscriber every event after a sequence, then every new event, in order, each once. During the catch-up it
 * reads from the store and buffers nothing: a new event is stored before it is announced, so the last page has it.
 */
export class EventFeed {
  readonly #control: NodeControl;
  readonly #sink: EventSink;
  /** Sequence of the last event sent. */
  #cursor: number;
  /** Sequence of the newest event announced. */
  #newest: number;
  #live: boolean;
  #stopped = false;

  /** `after` undefined: new events only. */
  constructor(control: NodeControl, after: number | undefined, newest: number, sink: EventSink) {
    this.#control = control;
    this.#sink = sink;
    this.#cursor = after ?? newest;
    this.#newest = newest;
    this.#live = after === undefined;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** A new event. */
  announce(event: StoredEvent): void {
    this.#newest = Math.max(this.#newest, event.sequence);
    if (!this.#live || this.#stopped || event.sequence <= this.#cursor) return;
    this.#cursor = event.sequence;
    // A live event is not awaited: the sink drops a slow subscriber.
    void this.#sink(event);
  }

  /** Sends the stored events. Resolves when the feed is live or stopped; rejects if the store fails. */
  async catchUp(): Promise<void> {
    while (!this.#live && !this.#stopped) {
      // The read must contain the events that were announced before it began. Later ones may be missing.
      const announced = this.#newest;
      const page = await this.#control.eventsAfter(this.#cursor, PAGE);
      const first = page[0]?.sequence ?? (announced > this.#cursor ? announced + 1 : undefined);
      if (first === undefined) {
        if (this.#newest > announced) continue;
        this.#live = true;
        return;
      }
      if (first > this.#cursor + 1) await this.#missed(first);
      for (const event of page) {
        if (this.#stopped) return;
        this.#cursor = event.sequence;
        await this.#sink(event);
      }
    }
  }

  async #missed(next: number): Promise<void> {
    const after = this.#cursor;
    this.#cursor = next - 1;
    await this.#sink({ sequence: next - 1, event: MISSED_EVENT, body: { after, next } });
  }
}
