// No import circle: neither of files nor of folders, type imports included. A file that stands beside subfolders is a
// node of its own, a subfolder is one node.
import path from "node:path";
import { graphOf, importsByFile } from "./imports.mjs";

export const title = "no import circles";

export function check(root) {
  const imports = importsByFile(root);
  const files = circlesOf(imports);
  if (files.length > 0) return files.map((circle) => `files import each other in a circle: ${circle.join(", ")}`);
  return foldersOf(imports).flatMap((folders) =>
    circlesOf(folders).map((circle) => `folders import each other in a circle: ${circle.join(", ")}`),
  );
}

/** One graph for each folder that has subfolders. */
function foldersOf(imports) {
  const parents = new Set(["src"]);
  for (const file of imports.keys()) parents.add(path.posix.dirname(path.posix.dirname(file)));
  return [...parents].map((parent) => graphOf(parent, imports));
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
