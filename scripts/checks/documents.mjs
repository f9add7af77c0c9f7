// What the documents name is there: files of the project, pages that they link to, and functions of
// `docs/one-message.md`.
import { existsSync } from "node:fs";
import path from "node:path";
import { filesIn, read } from "./files.mjs";
import { codeTokens } from "./lexer.mjs";

export const title = "files, pages and functions that documents name exist";

/** A path in backquotes from the root of the project: of a file with an extension, or of a folder of the project. */
const PROJECT_PATH = /`((?:src|test|scripts|native|docs|deploy|examples|bench|wasm)\/[\w./-]*\w)`/g;
/** A link to a page, without its anchor; an address with a scheme is none. */
const LINK = /\]\(([^)#:\s]+)(?:#[^)]*)?\)/g;
/** A row of a table that names a function or a method and the file that declares it. */
const FUNCTION_ROW = /^\|[^|]*\| `(?:(\w+)\.)?(#?\w+)` \| `(src\/[\w./-]+\.ts)` \|/;

export function check(root) {
  const pages = ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md", ...filesIn(root, "docs", [".md"])];
  return pages.filter((page) => existsSync(path.join(root, page))).flatMap((page) => [...problemsOf(root, page)]);
}

function* problemsOf(root, page) {
  const absent = (file) => !existsSync(path.join(root, file));
  for (const [i, line] of read(root, page).split("\n").entries()) {
    const at = `${page}:${i + 1}`;
    for (const [, file] of line.matchAll(PROJECT_PATH)) if (absent(file)) yield `${at}: there is no ${file}`;
    for (const [, link] of line.matchAll(LINK)) {
      const file = path.posix.join(path.posix.dirname(page), link);
      if (absent(file)) yield `${at}: the link leads to ${file}, which is not there`;
    }
    const [row, owner, name, file] = FUNCTION_ROW.exec(line) ?? [];
    if (row !== undefined && !absent(file) && !declares(read(root, file), owner, name)) {
      yield `${at}: ${file} declares no ${owner === undefined ? "" : `${owner}.`}${name}`;
    }
  }
}

/**
 * A class, and in the same file a member or a function of this name: a word before `(`, `<` or `=`, not after a dot.
 */
function declares(source, owner, name) {
  const tokens = codeTokens(source);
  const isClass = ({ text }, i) => text === "class" && tokens[i + 1]?.text === owner;
  if (owner !== undefined && !tokens.some(isClass)) return false;
  return tokens.some(
    ({ kind, text }, i) =>
      kind === "word" && text === name && tokens[i - 1]?.text !== "." && ["(", "<", "="].includes(tokens[i + 1]?.text),
  );
}
