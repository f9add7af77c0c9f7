import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLOCK_SAMPLES_MAX, type ClockSource, PeerClocks } from "../../src/engine/peers/peer-clocks.js";

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
/** Samples that the peers of one address group share. */
const SAMPLES_PER_GROUP = 8;

const inbound = (n: number, group = `4:${n}`): ClockSource => ({ peer: `peer ${n}`, group, dialed: false });
const dialed = (n: number): ClockSource => ({ ...inbound(n), dialed: true });

/** Peers whose clocks are ahead of this machine's by these ms. */
function clocksWith(aheadMs: readonly number[], source: (n: number) => ClockSource = inbound): PeerClocks {
  const clocks = new PeerClocks();
  for (const [n, ms] of aheadMs.entries()) clocks.addReading(source(n), NOW_MS + ms, 0, true);
  return clocks;
}

describe("the clock of this machine, compared with those of peers", () => {
  test("the offset of a clock is the median of its peers', warns from 5 s and degrades from 30 s", () => {
    const judge = (ms: number) => clocksWith([ms, ms, ms]).judge(NOW_MS, 0);
    expect(judge(-4999)).toEqual({ level: "ok", offsetMs: 4999, clocks: 3 });
    expect(judge(-5000)).toEqual({ level: "warning", offsetMs: 5000, clocks: 3 });
    expect(judge(29_999).level).toBe("warning");
    expect(judge(30_000)).toEqual({ level: "degraded", offsetMs: -30_000, clocks: 3 });
  });

  test("the clock gives no warning with fewer than three clocks", () => {
    expect(clocksWith([]).judge(NOW_MS, 0)).toEqual({ level: "unknown", offsetMs: undefined, clocks: 0 });
    expect(clocksWith([HOUR_MS]).judge(NOW_MS, 0)).toEqual({ level: "few", offsetMs: -HOUR_MS, clocks: 1 });
    expect(clocksWith([HOUR_MS, HOUR_MS]).judge(NOW_MS, 0).level).toBe("few");
    expect(clocksWith([HOUR_MS, -HOUR_MS]).judge(NOW_MS, 0)).toEqual({ level: "ok", offsetMs: 0, clocks: 2 });
  });

  test("wrong clocks of fewer than half of the peers mislead no judgement, and half give no warning", () => {
    const offset = fc.integer({ min: -2_000, max: 2_000 });
    const lie = fc.oneof(fc.integer({ min: -(2 ** 47), max: 2 ** 47 }), fc.constantFrom(-HOUR_MS, HOUR_MS));
    fc.assert(
      fc.property(fc.array(offset, { minLength: 2, maxLength: 20 }), fc.infiniteStream(lie), (honest, lies) => {
        const fewer = [...lies.take(honest.length - 1)];
        const { offsetMs = 0 } = clocksWith([...honest, ...fewer]).judge(NOW_MS, 0);
        expect(-offsetMs).toBeGreaterThanOrEqual(Math.min(...honest, 0));
        expect(-offsetMs).toBeLessThanOrEqual(Math.max(...honest, 0));
        const half = [...lies.take(honest.length)];
        expect(clocksWith([...honest, ...half]).judge(NOW_MS, 0).level).toBe("ok");
      }),
    );
  });

  test("an address group counts as one clock, however many peers it has", () => {
    const clocks = clocksWith([0, 0, 0]);
    for (let n = 10; n < 400; n++) clocks.addReading(inbound(n, "4:c63364"), NOW_MS + HOUR_MS, 0, true);
    expect(clocks.judge(NOW_MS, 0)).toEqual({ level: "ok", offsetMs: 0, clocks: 4 });
    expect(clocks.size).toBe(3 + SAMPLES_PER_GROUP);
  });

  test("only dialled peers count when three groups of them answer", () => {
    const clocks = clocksWith([0, 0, 0], dialed);
    for (let n = 10; n < 60; n++) clocks.addReading(inbound(n), NOW_MS + HOUR_MS, 0, true);
    expect(clocks.judge(NOW_MS, 0)).toEqual({ level: "ok", offsetMs: 0, clocks: 3 });
  });

  test("each peer counts if all are on loopback, and otherwise loopback counts as one clock", () => {
    const local = (n: number): ClockSource => inbound(n, "loopback");
    const clocks = clocksWith([HOUR_MS, HOUR_MS, HOUR_MS], local);
    expect(clocks.judge(NOW_MS, 0)).toMatchObject({ level: "degraded", clocks: 3 });
    for (const n of [10, 11]) clocks.addReading(inbound(n), NOW_MS, 0, true);
    expect(clocks.judge(NOW_MS, 0)).toEqual({ level: "ok", offsetMs: 0, clocks: 3 });
  });

  test("a clock that is set differs from all peers, and a machine that slept does not", () => {
    const clocks = clocksWith([0, 0, 0]);
    expect(clocks.judge(NOW_MS + HOUR_MS, 0)).toMatchObject({ level: "degraded", offsetMs: HOUR_MS });
    expect(clocks.judge(NOW_MS + 60_000, 60_000)).toMatchObject({ level: "ok", offsetMs: 0 });
    const slept = HOUR_MS - 1;
    expect(clocks.judge(NOW_MS + slept, slept)).toMatchObject({ level: "ok", offsetMs: 0 });
    expect(clocks.judge(NOW_MS + HOUR_MS + 1, HOUR_MS + 1)).toMatchObject({ level: "unknown", clocks: 0 });
    expect(clocks.size).toBe(0);
  });

  test("the reading of a peer with the least delay counts, and after it the next hello", () => {
    const clocks = clocksWith([0, 0, 0]);
    for (const n of [0, 1, 2]) clocks.addReading(inbound(n), NOW_MS + 60_000 - 8000, 60_000, false);
    expect(clocks.judge(NOW_MS + 60_000, 60_000)).toMatchObject({ level: "ok", offsetMs: 0 });
    // A peer that set its clock back counts with the new time after two buckets without a hello.
    for (let at = 120_000; at <= 900_000; at += 60_000) {
      for (const n of [0, 1, 2]) clocks.addReading(inbound(n), NOW_MS + at - 8000, at, false);
    }
    expect(clocks.judge(NOW_MS + 900_000, 900_000)).toMatchObject({ level: "warning", offsetMs: 8000 });
    for (const n of [0, 1, 2]) clocks.addReading(inbound(n), NOW_MS + 901_000, 901_000, true);
    expect(clocks.judge(NOW_MS + 901_000, 901_000)).toMatchObject({ level: "ok", offsetMs: 0 });
  });

  test("the clock keeps its warning while the difference moves around the bound", () => {
    const clocks = clocksWith([0, 0, 0]);
    const levels = [5200, 4800, 5200, 3900, 4800, 30_100, 29_000, 27_000].map(
      (ms) => clocks.judge(NOW_MS + ms, 0).level,
    );
    expect(levels).toEqual(["warning", "warning", "warning", "ok", "ok", "degraded", "degraded", "warning"]);
  });

  test("a bounded number of peers count, and those that dialled in are forgotten first", () => {
    const clocks = clocksWith([0, 0, 0], dialed);
    for (let n = 10; n < 2 * CLOCK_SAMPLES_MAX; n++) clocks.addReading(inbound(n), NOW_MS + HOUR_MS, 0, true);
    expect(clocks.size).toBe(CLOCK_SAMPLES_MAX);
    expect(clocks.judge(NOW_MS, 0)).toMatchObject({ level: "ok", clocks: 3 });
  });
});
