import type { TimelineData } from "./timeline.js";

/** Most nodes with a row of their own. */
const ROWS_MAX = 64;

/** The nodes that have rows, and how high a row is. */
export interface Rows {
  readonly shown: readonly { readonly name: string; readonly node: number; readonly isFailed: boolean }[];
  /** Nodes without a row. */
  readonly hidden: number;
  readonly height: number;
}

/** All nodes; of a large network the nodes of the failure and the first others. `failed`: names of the failure. */
export function chooseRows({ nodes }: TimelineData, failed: readonly string[]): Rows {
  const all = nodes.map((name, node) => ({ name, node, isFailed: failed.includes(name) }));
  const shown = all
    .toSorted((a, b) => Number(b.isFailed) - Number(a.isFailed) || a.node - b.node)
    .slice(0, ROWS_MAX)
    .sort((a, b) => a.node - b.node);
  const { length } = shown;
  return { shown, hidden: all.length - length, height: length <= 12 ? 20 : length <= 30 ? 14 : 10 };
}
