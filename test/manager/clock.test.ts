import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Clock } from "../../src/manager/clock.js";

const START_MS = 1_800_000_000_000;

describe("Clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START_MS });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function rig() {
    const ticks: number[] = [];
    let dueMs: number | undefined;
    const clock = new Clock({
      nowMs: Date.now,
      nextDueMs: () => dueMs,
      tick: () => {
        ticks.push(Date.now() - START_MS);
        if (dueMs !== undefined && dueMs <= Date.now()) dueMs = undefined;
      },
    });
    const due = (inMs: number): void => {
      dueMs = Date.now() + inMs;
      clock.touched();
    };
    return { clock, ticks, due };
  }

  it("The clock ticks every half second, and earlier when work is due.", () => {
    const { clock, ticks, due } = rig();
    clock.start();
    vi.advanceTimersByTime(1100);
    due(5);
    vi.advanceTimersByTime(600);
    expect(ticks).toEqual([500, 1000, 1105, 1605]);
    clock.stop();
  });

  it("The clock ticks on when the machine's clock is set back.", () => {
    const { clock, ticks } = rig();
    clock.start();
    vi.advanceTimersByTime(100);
    vi.setSystemTime(START_MS - 3_600_000);
    vi.advanceTimersByTime(1500);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    clock.stop();
  });

  it("A stopped clock has no timer, even if it is touched after the stop.", () => {
    const { clock, ticks, due } = rig();
    due(5);
    clock.start();
    clock.stop();
    due(5);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(ticks).toEqual([]);
  });
});
