import { createHash } from "node:crypto";

const add = (into, from) => {
  for (const [name, count] of Object.entries(from)) into[name] = (into[name] ?? 0) + count;
};

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** The sums over all runs; `digest` covers the digest of each run, in the order of the scenarios and seeds. */
export function summary(results) {
  const ordered = results.toSorted((a, b) => compare(a.options.scenario, b.options.scenario) || a.seed - b.seed);
  const faults = {};
  const acts = {};
  const checks = {};
  let events = 0;
  let records = 0;
  let slowest = 0;
  const digest = createHash("sha256");
  for (const result of ordered) {
    add(faults, result.faults);
    add(acts, result.acts);
    add(checks, result.checks);
    events += result.events;
    records += result.records;
    slowest = Math.max(slowest, result.healSeconds ?? 0);
    digest.update(result.digest);
  }
  const failed = ordered.filter(({ ok }) => !ok).map(({ seed }) => seed);
  const ok = failed.length === 0;
  const text =
    `${ordered.length} seeds, ${records} records, ${events} events: ` +
    (ok ? `all passed; slowest convergence ${slowest} s` : `${failed.length} failed: ${failed.join(", ")}`);
  return {
    ok,
    seeds: ordered.length,
    nodes: ordered[0]?.options.nodes ?? 0,
    events,
    records,
    faults,
    acts,
    checks,
    slowest_heal_s: slowest,
    failed,
    digest: digest.digest("hex"),
    text,
  };
}

export function printRun(result) {
  const heal = result.healSeconds === undefined ? "no convergence" : `converged in ${result.healSeconds} s`;
  const state = result.ok ? "ok" : `FAILED ${result.failure?.check}`;
  const liars = result.byzantine.length === 0 ? "" : `${result.byzantine.length} byzantine, `;
  const { scenario } = result.options;
  const name = scenario === "swarm" ? `seed ${result.seed}` : `${scenario}, seed ${result.seed}`;
  process.stdout.write(
    `${name}: ${state}; ${result.records} records, ${liars}${result.events} events, ${heal}, ${result.wallMs} ms\n`,
  );
}

export function printFailure(result, smaller) {
  const shown = smaller?.result ?? result;
  process.stdout.write(`  ${result.failure.text}\n`);
  if (smaller !== undefined) process.stdout.write(`  minimised in ${smaller.runs} runs: ${shown.failure.text}\n`);
  process.stdout.write(`  replay: ${shown.replay}\n`);
  for (const { atSeconds, node, text } of shown.trace.slice(-60)) {
    process.stdout.write(`    ${atSeconds.toFixed(3).padStart(10)} ${node.padEnd(6)} ${text}\n`);
  }
}
