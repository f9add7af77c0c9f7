import { describe, expect, test } from "vitest";
import { addressesMax, drawByzantine } from "./byzantine/draw.js";
import { BEHAVIOURS } from "./byzantine/kinds.js";
import { minimise } from "./run/minimise.js";
import type { RunResult } from "./run/result.js";
import { Random } from "./world/random.js";
import type { RunOptions } from "./world/settings.js";

const CALM: Omit<RunOptions, "seed"> = {
  nodes: 3,
  minutes: 1,
  scenario: "calm",
  recordsPerSecond: 0.5,
  healSeconds: 420,
};

describe("the draw of byzantine peers", () => {
  const draw = (options: Partial<RunOptions>) =>
    drawByzantine({ ...CALM, seed: 7, ...options }, new Random(7).fork("byzantine"));

  test("leaves the first peers as they were when there are fewer of them", () => {
    const many = draw({ nodes: 12, byzantine: 4 });
    expect(draw({ nodes: 12, byzantine: 2 })).toEqual(many.slice(0, 2));
  });

  test("gives each peer at least one of the allowed behaviours", () => {
    for (const { behaviours } of draw({ nodes: 30, byzantine: 10, behaviours: ["echo", "slow"] })) {
      expect(behaviours.length).toBeGreaterThan(0);
      for (const kind of behaviours) expect(["echo", "slow"]).toContain(kind);
    }
  });

  test("leaves more than two thirds of the address groups around a node to honest ones", () => {
    for (let nodes = 4; nodes < 100; nodes++) {
      const others = nodes - 1;
      expect(others * 3).toBeGreaterThan((others + addressesMax(nodes)) * 2);
    }
  });

  test("draws no peer without the option, and up to a third of the nodes if it is asked to", () => {
    expect(draw({})).toEqual([]);
    const counts = Array.from({ length: 100 }, (_, seed) => {
      const options = { ...CALM, seed, nodes: 9, byzantine: "drawn" as const };
      return drawByzantine(options, new Random(seed).fork("byzantine")).length;
    });
    expect(new Set(counts)).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe("the minimiser", () => {
  test("takes away byzantine peers and behaviours that a failure does not need", async () => {
    const drawn = (options: RunOptions) => drawByzantine(options, new Random(options.seed).fork("byzantine"));
    const options: RunOptions = { ...CALM, seed: 3, byzantine: 5, nodes: 16, behaviours: BEHAVIOURS };
    const needed = drawn(options)[1]?.behaviours[0] ?? "forge";
    const failing = async (given: RunOptions): Promise<RunResult> => {
      const byzantine = drawn(given);
      const fails = byzantine.some(({ behaviours }, i) => i === 1 && behaviours.includes(needed));
      const failure = fails ? ({ check: "convergence", text: "", nodes: [], atSeconds: 0 } as const) : undefined;
      const settings = { links: CALM_LINKS, faults: {} as RunResult["settings"]["faults"], late: 0, chain: undefined };
      return { ...RESULT, options: given, settings, byzantine, failure };
    };
    const { result } = await minimise(await failing(options), failing);
    expect(result.byzantine).toHaveLength(2);
    expect(result.byzantine[1]?.behaviours).toEqual([needed]);
  });
});

const CALM_LINKS = { minMs: 1, meanMs: 1, loss: 0, duplicates: 0, reorder: 0 };
const RESULT: Omit<RunResult, "options" | "settings" | "byzantine" | "failure"> = {
  seed: 3,
  ok: false,
  events: 0,
  digest: "",
  records: 0,
  checks: {} as RunResult["checks"],
  faults: {},
  faultPairs: [],
  acts: {},
  counters: {},
  healSeconds: undefined,
  trace: [],
  replay: "",
  wallMs: 0,
};
