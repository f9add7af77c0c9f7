import { ALONE, setColours } from "./agreement.js";
import { type Axis, END_COLUMN } from "./axis.js";
import { type Markup, Rectangles } from "./markup.js";
import type { Rows } from "./rows.js";
import { rowName, rowTint, type Section } from "./section.js";
import type { Column, TimelineData } from "./timeline.js";

/** Least fraction of the known records for each step of the scale but the first. */
const STEPS = [0.25, 0.5, 0.75, 0.9, 0.99, 1] as const;
const STEP_TEXTS = ["< 25 %", "25 %", "50 %", "75 %", "90 %", "99 %", "all"] as const;

/** A part of each row, coloured by column. */
interface Layer {
  /** Class of a cell; undefined: nothing is drawn. */
  readonly kind: (column: number, node: number) => string | undefined;
  /** Distance from the upper end of the row. */
  readonly from: number;
  readonly height: number;
}

/** The fraction of the known records that each node holds. */
export function recordsSection(data: TimelineData, axis: Axis, rows: Rows): Section {
  const kind = (column: number, node: number): string | undefined => {
    const { groups, held, records } = data.columns[column] as Column;
    if (groups[node] === -1) return undefined;
    const fraction = records === 0 ? 1 : (held[node] ?? 0) / records;
    return `h${STEPS.filter((least) => fraction >= least).length}`;
  };
  const layer = { kind, from: 1, height: rows.height - 2 };
  return {
    title: "Records held",
    legend: STEP_TEXTS.map((text, i) => ({ kind: `h${i}`, text })),
    height: rows.shown.length * rows.height,
    draw: (top) => strips(data, axis, rows, top, [layer]),
  };
}

/** Equal colours for equal sets, and a line below a node while it says "in sync". */
export function agreementSection(data: TimelineData, axis: Axis, rows: Rows): Section {
  const colours = setColours(data.columns);
  const set = (column: number, node: number): string | undefined => {
    const colour = colours[column]?.[node] ?? -1;
    return colour === -1 ? undefined : `c${colour}`;
  };
  const claim = (column: number, node: number): string | undefined =>
    data.columns[column]?.inSync[node] === true ? "claim" : undefined;
  const layers = [
    { kind: set, from: 1, height: rows.height - 4.5 },
    { kind: claim, from: rows.height - 2.5, height: 1.5 },
  ];
  return {
    title: "Agreement",
    legend: [
      { kind: "c0", text: "" },
      { kind: "c1", text: "" },
      { kind: "c2", text: "equal colours: equal sets" },
      { kind: `c${ALONE}`, text: "a set that no other node has" },
      { kind: "claim", text: "says “in sync”" },
    ],
    height: rows.shown.length * rows.height,
    draw: (top) => strips(data, axis, rows, top, layers),
  };
}

/** Draws the layers of each node over time, and the last column once more at the end of the row. */
function strips(data: TimelineData, axis: Axis, rows: Rows, top: number, layers: readonly Layer[]): Markup[] {
  const cells = new Rectangles();
  const names: Markup[] = [];
  const last = data.columns.length - 1;
  rows.shown.forEach(({ name, node, isFailed }, i) => {
    const y = top + i * rows.height;
    if (isFailed) names.push(rowTint(y, rows.height));
    names.push(rowName(name, y + rows.height / 2 + 4, isFailed ? "row failed" : "row"));
    for (const { kind, from, height } of layers) {
      for (const run of runs(data.columns.length, (column) => kind(column, node))) {
        const x = axis.x(data.columns[run.from]?.atSeconds ?? 0);
        const end = axis.x(data.columns[run.to]?.atSeconds ?? data.endSeconds);
        cells.add(run.kind, x, y + from, end - x, height);
      }
      const final = last < 0 ? undefined : kind(last, node);
      if (final !== undefined) cells.add(final, END_COLUMN.x, y + from, END_COLUMN.width, height);
    }
  });
  return [...names, ...cells.markup()];
}

/** Neighbouring columns of one kind; `to` is the first column behind them. */
function runs(
  count: number,
  kind: (column: number) => string | undefined,
): { readonly kind: string; readonly from: number; readonly to: number }[] {
  const out: { kind: string; from: number; to: number }[] = [];
  for (let column = 0; column < count; column++) {
    const found = kind(column);
    const before = out.at(-1);
    if (found === undefined) continue;
    if (before?.kind === found && before.to === column) before.to = column + 1;
    else out.push({ kind: found, from: column, to: column + 1 });
  }
  return out;
}
