import { describe, expect, it } from "vitest";
import { REFUSAL_MAX_MS, REFUSAL_MEMORY_MS, REFUSAL_MIN_MS, REFUSALS_MAX } from "../../src/network/constants.js";
import { Refusals } from "../../src/network/sessions/refusals.js";

function rig() {
  const clock = { nowMs: 1000 };
  const refusals = new Refusals(() => clock.nowMs);
  const times = (count: number, peer: string): boolean[] =>
    Array.from({ length: count }, () => refusals.rejected(peer));
  return { clock, refusals, times };
}

describe("Refusals", () => {
  it("the third rejected bundle of a peer closes and refuses it; two of a peer do nothing", () => {
    const { refusals, times } = rig();
    expect(times(2, "a")).toEqual([false, false]);
    expect([refusals.refusesPeer("a"), refusals.active]).toEqual([false, 0]);
    expect(times(1, "a")).toEqual([true]);
    expect([refusals.refusesPeer("a"), refusals.refusesPeer("b"), refusals.active]).toEqual([true, false, 1]);
  });

  it("the rejected bundles of all identities of an address group count together", () => {
    const { refusals } = rig();
    for (const peer of ["a", "b", "c", "honest"]) refusals.ready(peer, "4:0a0000");
    refusals.ready("d", "4:0b0000");
    expect([refusals.rejected("a"), refusals.rejected("d"), refusals.rejected("b")]).toEqual([false, false, false]);
    expect(refusals.rejected("c")).toBe(true);
    expect([refusals.refusesGroup("4:0a0000"), refusals.refusesGroup("4:0b0000")]).toEqual([true, false]);
    // Connected peers of the group that sent nothing bad are not refused.
    expect([refusals.refusesPeer("c"), refusals.refusesPeer("honest")]).toEqual([true, false]);
  });

  it("each further refusal is twice as long, up to ten minutes", () => {
    const { clock, refusals, times } = rig();
    times(2, "a");
    const lengths: number[] = [];
    for (let i = 0; i < 8; i++) {
      expect(refusals.rejected("a")).toBe(true);
      const fromMs = clock.nowMs;
      while (refusals.refusesPeer("a")) clock.nowMs += 1000;
      lengths.push(clock.nowMs - fromMs);
    }
    expect(lengths.slice(0, 3)).toEqual([REFUSAL_MIN_MS, 2 * REFUSAL_MIN_MS, 4 * REFUSAL_MIN_MS]);
    expect(Math.max(...lengths)).toBe(REFUSAL_MAX_MS);
  });

  it("bundles that were under way when the peer was refused do not make the refusal longer", () => {
    const { clock, refusals, times } = rig();
    times(50, "a");
    clock.nowMs += REFUSAL_MIN_MS;
    expect(refusals.refusesPeer("a")).toBe(false);
  });

  it("rejected bundles are forgotten an hour after the last one", () => {
    const { clock, times } = rig();
    times(2, "a");
    clock.nowMs += REFUSAL_MEMORY_MS + 1;
    expect(times(3, "a")).toEqual([false, false, true]);
  });

  it("the number of remembered peers and groups is bounded, and the least recent leave first", () => {
    const { refusals, times } = rig();
    times(3, "first");
    for (let i = 0; i < REFUSALS_MAX; i++) refusals.rejected(`p${i}`);
    expect(refusals.size).toBe(REFUSALS_MAX);
    expect(refusals.refusesPeer("first")).toBe(false);
  });
});
