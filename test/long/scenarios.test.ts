import { describe, expect, test } from "vitest";
import { bundle } from "../simulation/bundle.mjs";
import type { RunResult } from "../simulation/run/result.js";
import { SCENARIOS, type Scenario, type ScenarioName } from "../simulation/scenarios/index.js";
import type { RunOptions } from "../simulation/world/settings.js";

/** On a machine with other work to do one run takes minutes. */
const RUN_MS = 300_000;

/** Options of a small run, for scenarios whose own ones take long. */
const SMALL: Partial<Record<ScenarioName, Partial<RunOptions>>> = {
  halves: { nodes: 8, minutes: 2 },
  latecomer: { minutes: 1, recordsPerSecond: 10 },
  swarm: { nodes: 4, minutes: 1 },
  calm: { nodes: 4, minutes: 1 },
};

const path: string = await bundle();
const { runSeed } = (await import(path)) as { readonly runSeed: (options: RunOptions) => Promise<RunResult> };

function run(scenario: ScenarioName, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const { options: own }: Scenario = SCENARIOS[scenario];
  const least = { nodes: 8, minutes: 5, recordsPerSecond: 1, healSeconds: 420 };
  return runSeed({ seed: 1, scenario, ...least, ...own, ...SMALL[scenario], ...options });
}

describe("a scenario", { timeout: RUN_MS }, () => {
  test.each(Object.keys(SCENARIOS) as ScenarioName[])("%s runs to its end and breaks no rule", async (scenario) => {
    const { ok, failure, replay, records, checks } = await run(scenario);
    expect(failure, replay).toBeUndefined();
    expect(ok).toBe(true);
    expect(records).toBeGreaterThan(10);
    expect(checks.equal_state).toBeGreaterThan(0);
    if (scenario === "consensus") expect(checks.one_verdict).toBeGreaterThan(100);
  });
});

test("nodes of a run with a chain follow it, and admit the authors that it registers", {
  timeout: RUN_MS,
}, async () => {
  const nodes = 4;
  const { failure, replay, records, counters } = await run("registry-change", { nodes, minutes: 2 });
  expect(failure, replay).toBeUndefined();
  expect(records).toBeGreaterThan(10);
  expect(counters["chain registrations"]).toBeGreaterThanOrEqual(nodes);
  expect(counters["host question chain.blocks"]).toBeGreaterThanOrEqual(nodes);
  expect(counters["chain_events block"]).toBeGreaterThan(0);
  expect(counters["records_in new"]).toBeGreaterThan(0);
});
