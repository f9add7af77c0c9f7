import type { CodePoint } from "./code-points.js";

export interface Reach {
  readonly reached: number;
  readonly total: number;
}

export interface FolderReach {
  readonly folder: string;
  readonly functions: Reach;
  readonly branches: Reach;
}

/** Functions and branches by folder, and of all folders as the last row. */
export function folderReach(points: readonly CodePoint[], reached: readonly boolean[]): FolderReach[] {
  const byFolder = new Map<string, number[]>();
  points.forEach(({ file }, i) => {
    const folder = file.slice(0, file.lastIndexOf("/"));
    const found = byFolder.get(folder);
    if (found === undefined) byFolder.set(folder, [i]);
    else found.push(i);
  });
  const row = (folder: string, numbers: readonly number[]): FolderReach => {
    const of = (kind: CodePoint["kind"]): Reach => {
      const all = numbers.filter((i) => points[i]?.kind === kind);
      return { reached: all.filter((i) => reached[i]).length, total: all.length };
    };
    return { folder, functions: of("function"), branches: of("branch") };
  };
  const rows = [...byFolder].sort(([a], [b]) => (a < b ? -1 : 1)).map(([folder, numbers]) => row(folder, numbers));
  return [...rows, row("all", [...points.keys()])];
}

/** What was not reached: "file:line name", functions whole, and branches of the functions that were reached. */
export function unreachedPlaces(points: readonly CodePoint[], reached: readonly boolean[]): string[] {
  const skipped = new Set<number>();
  const out = new Set<string>();
  points.forEach(({ kind, scope, file, line, name }, i) => {
    if (reached[i]) return;
    if (kind === "function") skipped.add(scope.start);
    if (kind === "function" || !skipped.has(scope.start)) out.add(`${file}:${line} ${name}`);
  });
  return [...out].sort();
}
