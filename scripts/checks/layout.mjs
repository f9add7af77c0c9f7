// One idea to a file: short files, named for what they hold, with comments that fit on a screen.
import path from "node:path";
import { filesIn, isGenerated, read } from "./files.mjs";
import { tokenize } from "./lexer.mjs";

export const title = "file length and names";

/** About three hundred lines are one idea; the rest is for the last few lines of a long one. */
const MAX_LINES = 320;
/** Names that say nothing about what is inside. */
const EMPTY_NAMES = /^(?:utils?|misc|helpers?|common)$/i;
const FOLDERS = ["src", "native", "test", "scripts", "examples", "bench", "page"];
const EXTENSIONS = [".ts", ".tsx", ".mjs", ".js", ".rs"];
/** The formatters wrap code at this width and leave comments as they are. */
const MAX_COLUMNS = 120;
/** Folders whose comments are wrapped at that width. */
const WRAPPED = ["src/", "test/", "scripts/", "bench/", "examples/", "native/host/", "page/"];
/** A row of a table or an address has no place to break. */
const UNBREAKABLE = /^\s*(?:\/\/[/!]?|\*)?\s*\||https?:\/\/\S{40}/;
const RUST_COMMENT = /^\s*\/\/|\s\/\/ /;

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
    if (isWrapped(file)) problems.push(...longComments(file, read(root, file)));
  }
  return problems;
}

function isWrapped(file) {
  return WRAPPED.some((folder) => file.startsWith(folder));
}

function* longComments(file, source) {
  const lines = source.split("\n");
  const isLong = (line) => line.length > MAX_COLUMNS && !UNBREAKABLE.test(line);
  // Most files have no long line at all and are not split into tokens.
  if (!lines.some(isLong)) return;
  const inComment = file.endsWith(".rs") ? rustComments(lines) : scriptComments(source);
  for (const [i, line] of lines.entries()) {
    if (!inComment.has(i + 1) || !isLong(line)) continue;
    yield `${file}:${i + 1}: a comment of ${line.length} columns, at most ${MAX_COLUMNS} are allowed`;
  }
}

/** The numbers of the lines that hold a part of a comment. */
function scriptComments(source) {
  const comments = tokenize(source).filter(({ kind }) => kind === "comment");
  return new Set(comments.flatMap(({ text, line }) => text.split("\n").map((_, i) => line + i)));
}

function rustComments(lines) {
  return new Set(lines.flatMap((line, i) => (RUST_COMMENT.test(line) ? [i + 1] : [])));
}
