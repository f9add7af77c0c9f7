// One idea to a file: short files, named for what they hold.
import path from "node:path";
import { filesIn, isGenerated, read } from "./files.mjs";

export const title = "file length and names";

/** About three hundred lines are one idea; the rest is for the last few lines of a long one. */
const MAX_LINES = 320;
/** Names that say nothing about what is inside. */
const EMPTY_NAMES = /^(?:utils?|misc|helpers?|common)$/i;
const FOLDERS = ["src", "native", "test", "scripts", "examples", "bench"];
const EXTENSIONS = [".ts", ".mjs", ".js", ".rs"];

export function check(root) {
  const problems = [];
  for (const file of FOLDERS.flatMap((folder) => filesIn(root, folder, EXTENSIONS))) {
    if (isGenerated(file)) continue;
    const lines = read(root, file).trimEnd().split("\n").length;
    if (lines > MAX_LINES) problems.push(`${file}: ${lines} lines, at most ${MAX_LINES} are allowed`);
    for (const part of file.split("/")) {
      const name = path.posix.parse(part).name;
      if (EMPTY_NAMES.test(name)) problems.push(`${file}: "${name}" does not say what is inside`);
    }
    const name = path.posix.basename(file).split(".")[0];
    if (!file.endsWith(".rs") && !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) {
      problems.push(`${file}: file names are written in kebab-case`);
    }
  }
  return problems;
}
