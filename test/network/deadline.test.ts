import { getEventListeners } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { deadline } from "../../src/network/streams/deadline.js";

describe("a deadline", () => {
  test("fires with the reason of the parent that fires first, and has not expired then", () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const limit = deadline(1000, first.signal, undefined, second.signal);
    const why = new Error("stopped");
    second.abort(why);
    expect(limit.signal.reason).toBe(why);
    expect(limit.expired()).toBe(false);
    expect(getEventListeners(first.signal, "abort")).toEqual([]);
    limit.clear();
  });

  test("has fired at once for a parent that fired before", () => {
    const limit = deadline(1000, AbortSignal.abort(new Error("over")));
    expect(limit.signal.aborted).toBe(true);
    limit.clear();
  });

  test("expires after its time, and never after it was cleared", () => {
    vi.useFakeTimers();
    try {
      const parent = new AbortController();
      const [kept, cleared] = [deadline(1000, parent.signal), deadline(1000, parent.signal)];
      cleared.clear();
      vi.advanceTimersByTime(999);
      expect(kept.expired()).toBe(false);
      vi.advanceTimersByTime(1);
      expect([kept, cleared].map(({ signal }) => signal.aborted)).toEqual([true, false]);
      expect([kept.expired(), cleared.expired()]).toEqual([true, false]);
      expect(getEventListeners(parent.signal, "abort")).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });
});
