import { describe, expect, it } from "vitest";
import { Backoff } from "../../src/engine/bounded/index.js";

describe("a backoff", () => {
  const backoff = new Backoff(250, 15_000);

  it("doubles the wait with each earlier failure, up to the longest wait", () => {
    expect([0, 1, 2, 5, 6, 7].map((earlier) => backoff.waitMs(earlier))).toEqual([
      250, 500, 1000, 8000, 15_000, 15_000,
    ]);
  });

  it("a backoff stays at the longest wait when the doubled wait would be infinite", () => {
    expect(backoff.waitMs(5000)).toBe(15_000);
  });

  it("returns the first wait when nothing has failed before", () => {
    expect(backoff.waitMs(-1)).toBe(250);
  });
});
