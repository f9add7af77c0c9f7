// No import circle: neither of files nor of folders, type imports included. A file that stands beside subfolders is a
// node of its own, a subfolder is one node.
import path from "node:path";
import { filesIn, read } from "./files.mjs";
import { importsOf } from "./lexer.mjs";

export const title = "no import circles";

export function check(root) {
  const imports = importsByFile(root);
  const files = circlesOf(imports);
  if (files.length > 0) return files.map((circle) => `files import each other in a circle: ${circle.join(", ")}`);
  return foldersOf(imports).flatMap((folders) =>
    circlesOf(folders).map((circle) => `folders import each other in a circle: ${circle.join(", ")}`),
  );
}

/** For every source file, the source files that it imports. */
function importsByFile(root) {
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

/** One graph for each folder that has subfolders: its own files and its subfolders are the nodes. */
function foldersOf(imports) {
  const parents = new Set(["src"]);
  for (const file of imports.keys()) parents.add(path.posix.dirname(path.posix.dirname(file)));
  return [...parents].map((parent) => {
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
  });
}

/** The subfolder of `parent` that holds `file`, or the file itself; undefined outside of `parent`. */
function nodeIn(parent, file) {
  if (!file.startsWith(`${parent}/`)) return undefined;
  return `${parent}/${file.slice(parent.length + 1).split("/")[0]}`;
}

/** The strongly connected components with more than one node (Tarjan), each sorted. */
function circlesOf(graph) {
  const index = new Map();
  const low = new Map();
  const stack = [];
  const circles = [];
  const visit = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node), low.get(next)));
      } else if (stack.includes(next)) {
        low.set(node, Math.min(low.get(node), index.get(next)));
      }
    }
    if (low.get(node) !== index.get(node)) return;
    const component = stack.splice(stack.indexOf(node));
    if (component.length > 1) circles.push(component.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return circles;
}
