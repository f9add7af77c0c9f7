import { bundle } from "./bundle.mjs";
import { COVERAGE_PATCHES } from "./coverage/patches.mjs";
import { Pool } from "./pool.mjs";

/** The first seed of a kind of run that reaches each of its codes; undefined: none of its seeds does. */
async function firstSeeds(pool, workers, { options, seeds, codes }) {
  const found = new Map();
  for (let first = 1; first <= seeds && found.size < codes.length; first += workers) {
    const batch = Array.from({ length: Math.min(workers, seeds - first + 1) }, (_, i) => first + i);
    const reached = await Promise.all(batch.map((seed) => pool.codes({ ...options, seed })));
    reached.forEach((all, i) => {
      for (const code of codes) if (all.includes(code) && !found.has(code)) found.set(code, batch[i]);
    });
  }
  return codes.map((code) => ({ code, seed: found.get(code) }));
}

/** Runs seeds until each reason code was reached, `workers` at a time. `ok` is false if one was not. */
export async function runReasons(workers) {
  const path = await bundle(COVERAGE_PATCHES);
  const { REACHING_RUNS, replayCommand } = await import(path);
  const pool = new Pool(path, workers);
  const reasons = [];
  try {
    for (const runs of REACHING_RUNS) {
      for (const { code, seed } of await firstSeeds(pool, workers, runs)) {
        reasons.push({
          code,
          ok: seed !== undefined,
          replay: replayCommand({ ...runs.options, seed: seed ?? 1 }),
          ...(seed === undefined ? { tried: runs.seeds } : {}),
        });
      }
    }
    return { ok: reasons.every(({ ok }) => ok), reasons };
  } finally {
    await pool.close();
  }
}

export function reasonsTable({ reasons }) {
  const rows = reasons.map(({ code, ok, replay, tried }) => {
    const missed = ok ? "" : ` and ${tried - 1} more seeds`;
    return `${ok ? "ok    " : "FAILED"} ${code.padEnd(24)} ${replay}${missed}`;
  });
  return [...rows, `${reasons.filter(({ ok }) => ok).length} of ${reasons.length} codes reached`].join("\n");
}
