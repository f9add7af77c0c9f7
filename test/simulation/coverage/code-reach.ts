import type { CodePoint } from "./code-points.js";

/** A function as V8's precise coverage reports it. */
export interface CoveredFunction {
  readonly functionName: string;
  /** The whole function first, then ranges inside of it whose count differs. */
  readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
}

/** Whether each point was reached, by one thread's report. */
export function reachedPoints(points: readonly CodePoint[], functions: readonly CoveredFunction[]): boolean[] {
  const byEnd = new Map<number, CoveredFunction[]>();
  for (const covered of functions) {
    const end = covered.ranges[0]?.endOffset ?? -1;
    const others = byEnd.get(end);
    if (others === undefined) byEnd.set(end, [covered]);
    else others.push(covered);
  }
  return points.map(({ kind, start, scope }) => {
    const covered = matching(byEnd.get(scope.end) ?? [], scope);
    if (covered === undefined || covered.ranges[0]?.count === 0) return false;
    return kind === "function" || countAt(covered, start) > 0;
  });
}

/**
 * V8 starts a method at its name, and the syntax tree at its parameters. Functions that end together, such as an arrow
 * function that returns another, differ in their start.
 */
function matching(
  functions: readonly CoveredFunction[],
  { start, outerStart }: CodePoint["scope"],
): CoveredFunction | undefined {
  let best: CoveredFunction | undefined;
  let bestStart = outerStart;
  for (const covered of functions) {
    const found = covered.ranges[0]?.startOffset ?? -1;
    if (found <= start && found > bestStart) {
      best = covered;
      bestStart = found;
    }
  }
  return best;
}

/** The count of the innermost range around an offset. */
function countAt({ ranges }: CoveredFunction, offset: number): number {
  let count = 0;
  let size = Number.POSITIVE_INFINITY;
  for (const { startOffset, endOffset, count: found } of ranges) {
    if (offset < startOffset || offset >= endOffset || endOffset - startOffset > size) continue;
    count = found;
    size = endOffset - startOffset;
  }
  return count;
}
