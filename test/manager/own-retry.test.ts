import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OwnRetry } from "../../src/manager/publish/own-retry.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("records without a signature", () => {
  it("An unsigned record is retried after a second, then with longer pauses while the signer refuses.", async () => {
    let refuses = true;
    const at: number[] = [];
    const retry = new OwnRetry();
    retry.start(async () => {
      at.push(Date.now() - began);
      if (refuses) retry.unfinished();
    });
    const began = Date.now();
    for (let i = 0; i < 100; i++) retry.unfinished();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(at).toEqual([1000, 3000, 7000, 15_000]);
    refuses = false;
    await vi.advanceTimersByTimeAsync(16_000);
    expect([at.length, vi.getTimerCount()]).toEqual([5, 0]);
    // The signer signs again, so the next refusal counts as the first one.
    retry.unfinished();
    await vi.advanceTimersByTimeAsync(1000);
    expect(at.length).toBe(6);
  });

  it("After a stop an unsigned record waits for the next start.", async () => {
    const finish = vi.fn(async () => undefined);
    const retry = new OwnRetry();
    const stop = retry.start(finish);
    retry.unfinished();
    stop();
    retry.unfinished();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(finish).not.toHaveBeenCalled();
  });
});
