import { bundle } from "../bundle.mjs";
import { Pool } from "../pool.mjs";
import { CANARIES } from "./canaries.mjs";

/** A run of a canary, where it says nothing else. */
const RUN = { scenario: "swarm", nodes: 4, minutes: 2, recordsPerSecond: 1, healSeconds: 300 };

/** Runs one canary until its checker catches it: the seeds and the simulated seconds that it took. */
async function runCanary({ name, check, patches, options, seeds }) {
  const pool = new Pool(await bundle(patches), 1);
  const row = { name, check, most: seeds };
  let seconds = 0;
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      const { failure, options: run, healSeconds } = await pool.run({ seed, ...RUN, ...options });
      seconds += Math.round(failure?.atSeconds ?? 60 * run.minutes + (healSeconds ?? 0));
      if (failure?.check === check) return { ...row, seeds: seed, seconds, ok: true, text: failure.text };
    }
    return { ...row, seeds, seconds, ok: false, text: "not caught" };
  } finally {
    await pool.close();
  }
}

/**
 * Runs all canaries, `workers` at a time. `ok` is false if one was not caught, or if one of the `checks` has none:
 * `missing` names those.
 */
export async function runCanaries(workers, checks) {
  const waiting = [...CANARIES];
  const rows = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) rows.push(await runCanary(next));
  };
  await Promise.all(Array.from({ length: workers }, worker));
  const order = CANARIES.map(({ name }) => name);
  rows.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const missing = checks.filter((check) => !CANARIES.some((canary) => canary.check === check));
  const caught = rows.filter(({ ok }) => ok).length;
  return { ok: caught === rows.length && missing.length === 0, caught, missing, canaries: rows };
}

export function canaryTable({ caught, missing, canaries }) {
  const rows = canaries.map(({ name, check, seeds, most, seconds, ok }) => {
    const took = `${String(seeds).padStart(2)} of ${String(most).padStart(2)} seeds ${String(seconds).padStart(5)} s`;
    return `${ok ? "ok    " : "FAILED"} ${check.padEnd(16)} ${took}  ${name}`;
  });
  for (const check of missing) rows.push(`FAILED ${check.padEnd(16)} no canary`);
  return [...rows, `${caught} of ${canaries.length} caught`].join("\n");
}
