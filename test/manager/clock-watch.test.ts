import { describe, expect, it } from "vitest";
import type { FaultReport } from "../../src/api/facts/fault-codes.js";
import { ClockWatch, PROGRAM_MADE_SECONDS } from "../../src/manager/faults/clock-watch.js";

const NOW_MS = 1_800_000_000_000;

function rig() {
  const time = { nowMs: NOW_MS, elapsedMs: 5000 };
  const faults = new Map<string, FaultReport>();
  const lines: string[] = [];
  const steps: string[] = [];
  const watch = new ClockWatch({
    nowMs: () => time.nowMs,
    elapsedMs: () => time.elapsedMs,
    faults: { raise: (report) => faults.set(report.code, report), clear: (_component, code) => faults.delete(code) },
    log: (_level, text) => lines.push(text),
    count: (_name, label) => steps.push(label),
    aheadSeconds: 60,
  });
  watch.start()();
  const peers = (count: number, aheadMs = 0): void => {
    for (let n = 0; n < count; n++) {
      const facts = { group: `4:${n}`, dialed: true };
      watch.ready(`peer ${n}`, facts, { clockMs: time.nowMs + aheadMs, errorMs: 500 });
    }
    watch.check();
  };
  const pass = (wallMs: number, elapsedMs = wallMs): void => {
    time.nowMs += wallMs;
    time.elapsedMs += elapsedMs;
    watch.check();
  };
  return { watch, faults, lines, steps, peers, pass };
}

describe("ClockWatch", () => {
  it("A small clock difference warns, a large one degrades the node, and the end of both is logged.", () => {
    const { watch, faults, lines, peers, pass } = rig();
    peers(3);
    expect([watch.warning(), faults.size, lines]).toEqual([undefined, 0, []]);
    pass(8000, 1000);
    expect(watch.warning()).toBe(
      "this machine's clock is 7 s ahead of its peers' (median of 3): " +
        "set it back by 7 s (run NTP: timedatectl set-ntp true)",
    );
    expect(faults.size).toBe(0);
    pass(3_600_000 - 7000, 0);
    expect(watch.warning()).toContain("peers do not take records dated more than 60 s ahead");
    expect(faults.get("clock_off")).toMatchObject({
      text: "this machine's clock is 3600 s ahead of its peers' (median of 3)",
      cure: expect.stringContaining("set it back by 3600 s"),
    });
    pass(-3_600_000, 0);
    expect([watch.warning(), faults.size]).toEqual([undefined, 0]);
    expect(watch.report()).toMatchObject({ level: "ok", offsetMs: 0, clocks: 3 });
  });

  it("The warning of a clock that is behind says by how much to set it forward.", () => {
    const { watch, peers } = rig();
    peers(3, 40_000);
    expect(watch.warning()).toContain("40 s behind its peers' (median of 3): set it forward by 40 s");
  });

  it("A single peer that differs gives a warning without a verdict and degrades nothing.", () => {
    const { watch, faults, lines, peers } = rig();
    peers(1, -3_600_000);
    expect(watch.warning()).toContain("3600 s ahead of its peer's: one of them is wrong");
    expect([faults.size, lines.length]).toEqual([0, 1]);
  });

  it("The watch tells a clock that was set, in both directions, from a machine that slept.", () => {
    const { lines, steps, peers, pass, watch } = rig();
    peers(3);
    pass(1000);
    pass(500_000, 1000);
    pass(-498_000, 1000);
    expect(steps).toEqual(["forward", "back"]);
    expect(lines.filter((line) => line.includes("was set")).length).toBe(2);
    pass(1_800_000);
    expect([steps.length, lines.at(-1)]).toEqual([2, expect.stringContaining("may have slept")]);
    expect(watch.warning()).toBeUndefined();
  });

  it("Only control frames of connected peers renew the clock samples.", () => {
    const { watch, peers, pass } = rig();
    peers(3);
    for (let minute = 0; minute < 90; minute++) {
      pass(60_000);
      for (let n = 0; n < 3; n++) watch.addReading(`peer ${n}`, Math.floor(watch.report().timeSeconds));
      watch.addReading("stranger", 0);
    }
    expect(watch.report()).toMatchObject({ level: "ok", clocks: 3 });
    watch.gone("peer 0");
    for (let minute = 0; minute < 70; minute++) {
      pass(60_000);
      for (let n = 0; n < 3; n++) watch.addReading(`peer ${n}`, Math.floor(watch.report().timeSeconds));
    }
    expect(watch.report().clocks).toBe(2);
  });

  it("A clock from before this program is a failure, even without peers.", () => {
    const { faults, pass } = rig();
    pass(-NOW_MS, 0);
    expect(faults.get("clock_unset")?.text).toContain("1970-01-01T00:00:00Z");
    pass(PROGRAM_MADE_SECONDS * 1000, 0);
    expect(faults.size).toBe(0);
  });
});
