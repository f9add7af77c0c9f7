import { bundle } from "../bundle.mjs";
import { Pool } from "../pool.mjs";
import { CANARIES } from "./canaries.mjs";

/** A run of a canary, where it says nothing else. */
const RUN = { scenario: "swarm", nodes: 4, minutes: 2, recordsPerSecond: 1, healSeconds: 300 };

/** Runs one canary until its checker catches it: the seeds it took, and the checker that failed first. */
async function runCanary({ name, check, patches, options, seeds }, workers) {
  const pool = new Pool(await bundle(patches), workers);
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      const { failure } = await pool.run({ seed, ...RUN, ...options });
      if (failure?.check === check) return { name, check, seeds: seed, most: seeds, ok: true, text: failure.text };
    }
    return { name, check, seeds, most: seeds, ok: false, text: "not caught" };
  } finally {
    await pool.close();
  }
}

/** Runs all canaries, `workers` at a time. */
export async function runCanaries(workers) {
  const waiting = [...CANARIES];
  const rows = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) rows.push(await runCanary(next, 1));
  };
  await Promise.all(Array.from({ length: workers }, worker));
  const order = CANARIES.map(({ name }) => name);
  rows.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return { ok: rows.every(({ ok }) => ok), canaries: rows };
}

export function canaryTable({ canaries }) {
  const rows = canaries.map(
    ({ name, check, seeds, most, ok }) =>
      `${ok ? "ok    " : "FAILED"} ${check.padEnd(16)} ${String(seeds).padStart(2)} of ${String(most).padStart(2)} seeds  ${name}`,
  );
  return rows.join("\n");
}
