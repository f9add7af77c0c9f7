// How every benchmark prints its rows.
import { availableParallelism, cpus } from "node:os";

const GAP = 2;

/** Four digits of a figure and every digit before the point; three of a figure below 1. */
function digits(value) {
  if (Math.abs(value) < 1) return String(Number(value.toPrecision(3)));
  const whole = Math.trunc(Math.abs(value)).toString().length;
  return value.toFixed(Math.max(0, 4 - whole));
}

function measured({ value, unit, min = value, max = value }) {
  const spread = min === max ? "" : ` (${digits(min)} to ${digits(max)})`;
  return `${digits(value)} ${unit}${spread}`;
}

function cellsOf(row) {
  const { name, rival = null, ratio, bar, ok } = row;
  const against = rival === null ? "" : `${digits(ratio)} x ${rival}`;
  return [name, measured(row), against, bar === null ? "" : ok ? bar : `${bar}: MISSED`];
}

/**
 * Prints the rows as a table, with `--json` as one object. A row has name, value, unit, min, max, rival, ratio, bar and
 * ok; `failures` of a row are printed below it. The exit code is 1 if a row misses its bar.
 */
export function report(rows) {
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? "unknown", node: process.version };
  const ok = rows.every((row) => row.ok);
  process.exitCode = ok ? 0 : 1;
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ machine, rows, ok }));
    return;
  }
  console.log(`${machine.cores} cores, ${machine.cpu}, Node ${machine.node}`);
  const table = rows.map(cellsOf);
  const widths = [0, 1, 2].map((column) => GAP + Math.max(...table.map((cells) => cells[column].length)));
  for (const [at, cells] of table.entries()) {
    console.log(
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("")
        .trimEnd(),
    );
    for (const failure of rows[at].failures ?? []) console.log(`  ${failure}`);
  }
}
