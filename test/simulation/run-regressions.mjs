import { bundle } from "./bundle.mjs";
import { Pool } from "./pool.mjs";

/** Runs all regression seeds, `workers` at a time. `ok` is false if one fails again. */
export async function runRegressions(workers) {
  const path = await bundle();
  const { REGRESSION_SEEDS } = await import(path);
  const pool = new Pool(path, workers);
  try {
    const rows = await Promise.all(
      REGRESSION_SEEDS.map(async ({ name, found, options }) => {
        const { ok, failure, replay } = await pool.run(options);
        return { name, found, ok, replay, ...(ok ? {} : { text: failure.text }) };
      }),
    );
    return { ok: rows.every(({ ok }) => ok), seeds: rows.length, regressions: rows };
  } finally {
    await pool.close();
  }
}

export function regressionTable({ regressions }) {
  const rows = regressions.map(({ name, found, ok, replay, text }) => {
    return `${ok ? "ok    " : "FAILED"} ${name.padEnd(12)} ${found}${ok ? "" : `\n  ${text}\n  replay: ${replay}`}`;
  });
  return rows.join("\n");
}
