import type { StoredEvent } from "../../engine/index.js";
import type { NodeControl } from "../control.js";

/** Events of one read from the store while a subscriber catches up. */
const PAGE = 256;

/** Takes an event; resolves when there is room for the next. */
export type EventSink = (event: StoredEvent) => Promise<void>;

/** What a subscriber that asked for the past is told where the store no longer has it. */
export const MISSED_EVENT = "events_missed";

/**
 * Gives a subscriber every event after a sequence, then every new one, in order and each once. While it catches up it reads
 * from the store and nothing is buffered: a new event is stored before it is announced, so the last page has it.
 */
export class EventFeed {
  readonly #control: NodeControl;
  readonly #sink: EventSink;
  /** Sequence of the last event given on. */
  #cursor: number;
  /** Sequence of the newest event announced. */
  #newest: number;
  #live: boolean;
  #stopped = false;

  /** `after` undefined: only what comes from now on. */
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
    // A live event is not waited for: whoever falls behind is dropped by the sink.
    void this.#sink(event);
  }

  /** Gives on what the store has; resolves when the feed is live or stopped. Rejects if the store fails. */
  async catchUp(): Promise<void> {
    while (!this.#live && !this.#stopped) {
      // Only what was announced before the read began has to be in it.
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
