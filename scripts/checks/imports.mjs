// Which source file imports which: what the checks of circles and the drawing of the tree read.
import path from "node:path";
import { filesIn, read } from "./files.mjs";
import { importsOf } from "./lexer.mjs";

/** For every file of `src`, the files of `src` that it imports: static, dynamic and in types. */
export function importsByFile(root) {
  const files = filesIn(root, "src", [".ts"]);
  return new Map(
    files.map((file) => {
      const found = importsOf(read(root, file)).map(({ specifier }) => specifier);
      const relative = found.filter((specifier) => specifier?.startsWith("."));
      const targets = relative.map((specifier) =>
        path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, ".ts"),
      );
      return [file, new Set(targets)];
    }),
  );
}

/** The subfolder of `parent` that holds `file`, or the file itself; undefined outside of `parent`. */
export function nodeIn(parent, file) {
  if (!file.startsWith(`${parent}/`)) return undefined;
  return `${parent}/${file.slice(parent.length + 1).split("/")[0]}`;
}

/** The graph of one folder: its own files and its subfolders are the nodes. */
export function graphOf(parent, imports) {
  const graph = new Map();
  for (const [file, targets] of imports) {
    const from = nodeIn(parent, file);
    if (from === undefined) continue;
    const edges = graph.get(from) ?? new Set();
    graph.set(from, edges);
    for (const target of targets) {
      const to = nodeIn(parent, target);
      if (to !== undefined && to !== from) edges.add(to);
    }
  }
  return graph;
}
