import { readFileSync } from "node:fs";
import { Session } from "node:inspector";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Script } from "node:vm";
import { parseAst } from "rolldown/parseAst";
import { describe, expect, test } from "vitest";
import { REASONS } from "../../src/protocol/errors.js";
import { projectRoot } from "../support/project.js";
import { codePoints, type Place } from "./coverage/code-points.js";
import { type CoveredFunction, reachedPoints } from "./coverage/code-reach.js";
import { coverageOf } from "./coverage/coverage.js";
import { folderReach, unreachedPlaces } from "./coverage/folders.js";
import { REACHING_RUNS } from "./coverage/reaching-runs.js";
import { reasonReach } from "./coverage/reasons.js";
import { coverageTable } from "./coverage/table.js";
import { UNREACHABLE } from "./coverage/unreachable.js";

const CODE = `
class Judge {
  kind = "é€😀";
  judge(x) { if (x > 0) { return 1; } else { return this.below(x) ?? 5; } }
  below(x) { return x === 0 ? undefined : -1; }
  never() { for (const y of []) return y || 1; }
  pick(x) { switch (x) { case 1: return "a"; default: return "b"; } }
  guard() { try { return this.absent(); } catch (error) { return error; } }
}
const nested = (a) => (b) => a + b;
const judge = new Judge();
judge.judge(0); judge.pick(1); judge.guard(); nested(1);
`;

const place = (offset: number): Place => ({
  file: "src/engine/judge.ts",
  line: CODE.slice(0, offset).split("\n").length,
});

/** What V8 reports of a run of the code. */
async function report(code: string): Promise<readonly CoveredFunction[]> {
  const session = new Session();
  session.connect();
  const post = promisify(session.post.bind(session)) as (method: string, params?: object) => Promise<unknown>;
  try {
    await post("Profiler.enable");
    await post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    new Script(code, { filename: "judged.js" }).runInThisContext();
    const { result } = (await post("Profiler.takePreciseCoverage")) as {
      readonly result: readonly { readonly url: string; readonly functions: readonly CoveredFunction[] }[];
    };
    return result.find(({ url }) => url === "judged.js")?.functions ?? [];
  } finally {
    session.disconnect();
  }
}

describe("code", async () => {
  const points = codePoints(parseAst(CODE), place);
  // V8 reports branches only of code that it compiles after the start of the coverage: one run serves all tests.
  const reached = reachedPoints(points, await report(CODE));

  test("tells the functions and branches that ran from those that did not", () => {
    const rows = points.map(
      ({ kind, start }, i) => `${reached[i] ? "+" : "-"} ${kind} ${CODE.slice(start, start + 9)}`,
    );
    expect(rows).toEqual([
      "+ function (x) { if ",
      "- branch { return ",
      "+ branch { return ",
      "+ branch 5; } }\n  ",
      "+ function (x) { ret",
      "+ branch undefined",
      "- branch -1; }\n  n",
      "- function () { for ",
      "- branch return y ",
      "- branch 1; }\n  pi",
      "+ function (x) { swi",
      '+ branch return "a',
      '- branch return "b',
      "+ function () { try ",
      "+ branch { return ",
      "+ function (a) => (b",
      "- function (b) => a ",
    ]);
  });

  test("sums by folder, and lists what was not reached once", () => {
    expect(folderReach(points, reached)[0]).toEqual({
      folder: "src/engine",
      functions: { reached: 5, total: 7 },
      branches: { reached: 5, total: 10 },
    });
    expect(unreachedPlaces(points, reached)).toEqual([
      "src/engine/judge.ts:10 nested",
      "src/engine/judge.ts:4 judge",
      "src/engine/judge.ts:5 below",
      "src/engine/judge.ts:6 never",
      "src/engine/judge.ts:7 pick",
    ]);
  });

  test("leaves out code without a place", () => {
    expect(codePoints(parseAst(CODE), () => undefined)).toEqual([]);
  });
});

describe("reason codes", () => {
  const none = { effectCodes: {}, raised: {} };

  test("are found in the labels of counters, in effects and in errors", () => {
    const { reached, never } = reasonReach(
      { "records_in stale": 3, "faults stale": 1, "records_in new": 9 },
      { effectCodes: { bad_flags: 2 }, raised: { peer_gone: 1 } },
    );
    expect(reached).toEqual([
      { code: "bad_flags", counters: 0, effects: 2, raised: 0 },
      { code: "peer_gone", counters: 0, effects: 0, raised: 1 },
      { code: "stale", counters: 4, effects: 0, raised: 0 },
    ]);
    expect(never).toContain("bad_version");
  });

  test("each have a run that reaches them, or the reason why none can", () => {
    const reached = REACHING_RUNS.flatMap(({ codes }) => codes);
    const explained = [...reached, ...Object.keys(UNREACHABLE)].sort();
    expect(explained).toEqual(Object.keys(REASONS).sort());
  });

  test("that count as unreachable are not missed, and are stale once they are reached", () => {
    const [code = "unknown"] = Object.keys(UNREACHABLE);
    expect(reasonReach({}, none).never).not.toContain(code);
    expect(reasonReach({}, none).stale).toEqual([]);
    expect(reasonReach({ [`failures ${code}`]: 1 }, none).stale).toEqual([code]);
  });
});

describe("coverage of a batch", () => {
  const tally = { effects: { send: 2 }, effectCodes: {}, raised: { stale: 1 } };
  const runs = [
    { counters: { "records_in stale": 1 }, faults: { crash: 2, clog: 0 }, faultPairs: ["partition+crash"] },
    { counters: {}, faults: { crash: 1, partition: 1 }, faultPairs: ["partition+crash"] },
  ];
  const coverage = coverageOf([], [], [tally, tally], runs);

  test("sums the threads and the runs", () => {
    expect(coverage.effects).toEqual({ send: 4 });
    expect(coverage.effectsNever).not.toContain("send");
    expect(coverage.faults).toEqual({ crash: 3, partition: 1 });
    expect(coverage.faultsNever).toContain("clog");
    expect(coverage.faultPairs).toEqual({ "partition+crash": 2 });
    expect(coverage.faultPairsNever).not.toContain("partition+crash");
    expect(coverage.reasons.reached).toEqual([{ code: "stale", counters: 1, effects: 0, raised: 2 }]);
  });

  test("is a table of short lines for a person", () => {
    const text = coverageTable(coverage);
    expect(text).toContain("stale               1        0       2");
    expect(text).toContain("reason codes that no seed can reach (coverage/unreachable.ts)");
    expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThan(121);
  });
});

test("each patch of the coverage finds its text once", async () => {
  const url = pathToFileURL(path.join(projectRoot, "test/simulation/coverage/patches.mjs")).href;
  const { COVERAGE_PATCHES } = (await import(url)) as {
    readonly COVERAGE_PATCHES: readonly { readonly file: string; readonly find: string }[];
  };
  for (const { file, find } of COVERAGE_PATCHES) {
    expect(readFileSync(path.join(projectRoot, file), "utf8").split(find), `${file}: ${find}`).toHaveLength(2);
  }
});
