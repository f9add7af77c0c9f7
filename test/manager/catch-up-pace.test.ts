import { describe, expect, it } from "vitest";
import { CatchUpPace } from "../../src/manager/answers/catch-up-pace.js";

/** Notes counts that grow evenly, twice a second. */
function grown(seconds: number, recordsPerSecond: number, bodiesPerSecond: number): CatchUpPace {
  const pace = new CatchUpPace();
  for (let ms = 0; ms <= 1000 * seconds; ms += 500) {
    pace.note(ms, { records: (recordsPerSecond * ms) / 1000, bodies: (bodiesPerSecond * ms) / 1000 });
  }
  return pace;
}

describe("the pace of a catch-up", () => {
  it("is the growth of a second, and the time left is that of what needs longest", () => {
    const held = { records: 6000, bodies: 600 };
    const pace = grown(60, 100, 10).report(60_000, held, { records: 7000, bodies: 900 });
    expect(pace).toEqual({ recordsPerSecond: 100, bodiesPerSecond: 10, secondsLeft: 30 });
  });

  it("follows a change of the rate within half a minute", () => {
    const pace = grown(60, 100, 0);
    for (let ms = 60_500; ms <= 95_000; ms += 500) pace.note(ms, { records: 6000, bodies: 0 });
    const held = { records: 6000, bodies: 0 };
    expect(pace.report(95_000, held, { records: 7000, bodies: 0 })).toMatchObject({ recordsPerSecond: 0 });
  });

  it("names no time while nothing comes, and before it has two samples", () => {
    const held = { records: 0, bodies: 0 };
    const target = { records: 1, bodies: 0 };
    expect(grown(60, 0, 0).report(60_000, held, target).secondsLeft).toBeUndefined();
    expect(new CatchUpPace().report(0, held, target).secondsLeft).toBeUndefined();
  });

  it("starts again after the clock was set back", () => {
    const pace = grown(60, 100, 0);
    pace.note(1000, { records: 6000, bodies: 0 });
    const held = { records: 6000, bodies: 0 };
    expect(pace.report(1000, held, { records: 7000, bodies: 0 }).recordsPerSecond).toBe(0);
    expect(pace.report(4000, { records: 6300, bodies: 0 }, held).recordsPerSecond).toBe(100);
  });
});
