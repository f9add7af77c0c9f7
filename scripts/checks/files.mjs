import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** What was installed, built or noted down by a build, never written here. */
const NOT_SOURCE = new Set(["node_modules", "dist", "target", ".git", "build-status.json"]);

/**
 * Every file below `root/folder` (or below `root`) whose name ends in one of `extensions`, as paths relative to `root`
 * with forward slashes, sorted.
 */
export function filesIn(root, folder, extensions) {
  const found = [];
  const walk = (relative) => {
    for (const entry of readdirSync(path.join(root, relative), { withFileTypes: true })) {
      if (NOT_SOURCE.has(entry.name)) continue;
      const child = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) walk(child);
      else if (entry.isFile() && extensions.some((extension) => entry.name.endsWith(extension))) {
        found.push(child);
      }
    }
  };
  if (existsSync(path.join(root, folder))) walk(folder);
  return found.sort();
}

/** The text of one file of the tree. */
export function read(root, file) {
  return readFileSync(path.join(root, file), "utf8");
}

/** Protobuf code is written by a generator, which keeps its own house rules. */
export function isGenerated(file) {
  return file.endsWith("_pb.ts");
}
