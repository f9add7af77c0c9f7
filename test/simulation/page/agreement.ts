import type { Column } from "./timeline.js";

/** Colours for sets that several nodes hold. */
export const SET_COLOURS = 6;
/** The colour of a set that one node holds alone, and of sets beyond {@link SET_COLOURS}. */
export const ALONE = SET_COLOURS;

/**
 * A colour for each node in each column: equal for equal sets of one column; -1: the node is not up. From one column to
 * the next a group keeps the colour that most of its nodes had, so that two sides of a partition stay apart to the eye.
 * When all nodes are equal, the colour is 0.
 */
export function setColours(columns: readonly Column[]): number[][] {
  let before: readonly number[] = [];
  return columns.map(({ groups }) => {
    const colours = columnColours(groups, before);
    before = colours;
    return colours;
  });
}

/** Nodes of the largest group of equal sets, and nodes that are up. */
export function largestGroup({ groups }: Column): { readonly size: number; readonly up: number } {
  const sizes = membersByGroup(groups).map(({ length }) => length);
  return { size: Math.max(0, ...sizes), up: sizes.reduce((sum, size) => sum + size, 0) };
}

function columnColours(groups: readonly number[], before: readonly number[]): number[] {
  const out = groups.map((group): number => (group === -1 ? -1 : ALONE));
  const byGroup = membersByGroup(groups);
  const shared = byGroup.filter(({ length }) => length > 1 || byGroup.length === 1).slice(0, SET_COLOURS);
  const free = new Set(Array.from({ length: SET_COLOURS }, (_, i) => i));
  for (const members of shared) {
    const [lowest] = free;
    const colour = byGroup.length === 1 ? 0 : (usual(members, before, free) ?? lowest ?? ALONE);
    free.delete(colour);
    for (const member of members) out[member] = colour;
  }
  return out;
}

/** The largest groups first. */
function membersByGroup(groups: readonly number[]): number[][] {
  const byGroup = new Map<number, number[]>();
  groups.forEach((group, node) => {
    if (group === -1) return;
    const members = byGroup.get(group);
    if (members === undefined) byGroup.set(group, [node]);
    else members.push(node);
  });
  return [...byGroup.values()].sort((a, b) => b.length - a.length);
}

/** The free colour that most of the nodes had in the column before. */
function usual(members: readonly number[], before: readonly number[], free: ReadonlySet<number>): number | undefined {
  const counts = new Map<number, number>();
  for (const member of members) {
    const colour = before[member] ?? ALONE;
    if (free.has(colour)) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
