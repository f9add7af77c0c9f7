// Words that may not stay in the tree: promises to finish later, ways around the type checker, tests switched off, and
// traces of the machine on which something was written. Patterns are spelled so that they do not match themselves.
import { filesIn, isGenerated, read } from "./files.mjs";
import { tokenize } from "./lexer.mjs";

export const title = "forbidden words";

const TEXT = [".ts", ".tsx", ".mjs", ".js", ".rs", ".json", ".toml", ".yaml", ".yml", ".md", ".proto", ".html", "run"];
/** Lock files are written by package managers and held by the manifest check. */
const LOCKS = new Set(["package-lock.json", "Cargo.lock"]);

const IN_TEXT = [
  [/\b(?:TO-?DO|FIX-?ME|X{3}|HA-?CK)\b/, "unfinished work belongs to the issue tracker, not to the tree"],
  [/(?<![\w.])\/(?:work|root|home)\/\w/, "a path of one machine"],
  [/registry\.npmjs|(?:index|static)\.crates\.io|deb\.debian\.org/, "a registry host"],
];

const IN_COMMENTS = [
  [/@ts-(?:ignore|nocheck|expect-error)/, "switches the type checker off"],
  [/(?:biome|eslint|prettier)-(?:ignore|disable)/, "switches the linter off"],
];

const TEST_FUNCTIONS = new Set(["test", "it", "describe", "suite"]);

export function check(root) {
  const problems = [];
  for (const file of filesIn(root, "", TEXT)) {
    if (isGenerated(file) || LOCKS.has(file)) continue;
    const source = read(root, file);
    for (const problem of textProblems(file, source)) problems.push(problem);
    if (/\.m?[jt]sx?$/.test(file)) for (const problem of codeProblems(file, source)) problems.push(problem);
  }
  return problems;
}

function* textProblems(file, source) {
  for (const [i, text] of source.split("\n").entries()) {
    for (const [pattern, why] of IN_TEXT) {
      const found = pattern.exec(text)?.[0];
      if (found !== undefined) yield `${file}:${i + 1}: ${found}: ${why}`;
    }
  }
}

function* codeProblems(file, source) {
  const tokens = tokenize(source);
  for (const token of tokens.filter(({ kind }) => kind === "comment")) {
    for (const [pattern, why] of IN_COMMENTS) {
      const found = pattern.exec(token.text)?.[0];
      if (found !== undefined) yield `${file}:${token.line}: ${found}: ${why}`;
    }
  }

  const excused = linesWithSkipReason(tokens);
  const code = tokens.filter(({ kind }) => kind !== "comment");
  for (const [i, { kind, text, line }] of code.entries()) {
    if (kind !== "word") continue;
    const before = code[i - 1]?.text;
    if (text === "any" && before !== ".") yield `${file}:${line}: any: name the type, or use unknown`;
    if (text === "as" && code[i + 1]?.text === "unknown" && code[i + 2]?.text === "as") {
      yield `${file}:${line}: a double assertion: narrow the type by checking it`;
    }
    if (before === "." && TEST_FUNCTIONS.has(code[i - 2]?.text)) {
      if (text === "only") yield `${file}:${line}: .only leaves the other tests out`;
      if ((text === "skip" || text === "todo") && !excused.has(line)) {
        yield `${file}:${line}: .${text} without a comment "Skipped because ..." on the line above`;
      }
    }
  }
}

/** The lines that follow a comment which says why a test is skipped. */
function linesWithSkipReason(tokens) {
  const lines = new Set();
  for (const { kind, text, line } of tokens) {
    if (kind === "comment" && /\bskipped because \S/i.test(text)) lines.add(line + text.split("\n").length);
  }
  return lines;
}
