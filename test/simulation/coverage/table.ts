import type { Coverage } from "./coverage.js";
import type { Reach } from "./folders.js";

/** Width of a line of names. */
const LINE = 116;

/** A longer list of pairs is left to the JSON. */
const PAIRS_MAX = 30;

/** The coverage as text for a person. */
export function coverageTable(coverage: Coverage): string {
  const { code, effects, effectsNever, reasons, faults, faultsNever, faultPairs, faultPairsNever } = coverage;
  const pairs = Object.keys(faultPairs).length;
  return [
    ...table(
      ["code", "functions", "", "branches", ""],
      code.map(({ folder, functions, branches }) => [folder, ...reach(functions), ...reach(branches)]),
    ),
    "",
    ...table(
      ["effect", "count"],
      Object.entries(effects).map(([kind, count]) => [kind, String(count)]),
    ),
    ...list("effects that no seed reached", effectsNever),
    "",
    ...table(
      ["reason code", "counters", "effects", "raised"],
      reasons.reached.map((row) => [row.code, String(row.counters), String(row.effects), String(row.raised)]),
    ),
    ...list("reason codes that no seed reached", reasons.never),
    ...list("reason codes that no seed can reach (coverage/unreachable.ts)", Object.keys(reasons.unreachable)),
    ...list("WRONG entries of coverage/unreachable.ts: these codes were reached", reasons.stale),
    "",
    ...table(
      ["fault", "count"],
      Object.entries(faults).map(([kind, count]) => [kind, String(count)]),
    ),
    ...list("kinds of faults that no seed reached", faultsNever),
    `pairs of kinds of faults at one time: ${pairs} of ${pairs + faultPairsNever.length}`,
    ...(faultPairsNever.length > PAIRS_MAX ? [] : list("pairs that no seed reached", faultPairsNever)),
  ].join("\n");
}

function reach({ reached, total }: Reach): [string, string] {
  return [`${reached}/${total}`, total === 0 ? "" : `${Math.floor((100 * reached) / total)} %`];
}

/** Columns of equal width; all but the first end to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** "title (3): a, b, c" in lines of limited length; nothing for an empty list. */
function list(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const lines = [`${title} (${names.length}):`];
  let line = "";
  for (const name of names) {
    if (line !== "" && line.length + name.length + 2 > LINE) {
      lines.push(`  ${line},`);
      line = "";
    }
    line = line === "" ? name : `${line}, ${name}`;
  }
  return [...lines, `  ${line}`];
}
