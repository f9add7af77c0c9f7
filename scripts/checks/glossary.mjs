// The words of `docs/glossary.md`: each occurs in the code, and none of those that it replaces is in a name of the
// code.
import { existsSync } from "node:fs";
import path from "node:path";
import { filesIn, isGenerated, read } from "./files.mjs";
import { codeTokens } from "./lexer.mjs";

export const title = "the words of the glossary are used, those that they replace are not";

const GLOSSARY = "docs/glossary.md";
/** Comments and texts of Rust, which are no names. */
const RUST_PROSE = /\/\/[^\n]*|"(?:[^"\\]|\\[\s\S])*"/g;
/** Names that Rust tests give to sentences. */
const RUST_TESTS = /#\[(?:tokio::)?test[^\n]*\]\s*(?:async )?fn \w+/g;

export function check(root) {
  if (!existsSync(path.join(root, GLOSSARY))) return [];
  const rows = rowsOf(read(root, GLOSSARY));
  const files = [...filesIn(root, "src", [".ts"]), ...filesIn(root, "native/host/src", [".rs"])].filter(
    (file) => !isGenerated(file) && !file.includes("/tests/"),
  );
  const sources = files.map((file) => ({ file, source: read(root, file) }));
  return [...unused(rows, sources), ...repeated(rows), ...sources.flatMap((one) => [...returned(rows, one)])];
}

/** The first and the last column of each row of the table. */
function rowsOf(text) {
  const cells = text.split("\n").filter((line) => /^\| \w/.test(line));
  return cells.slice(1).map((line) => {
    const columns = line.split("|").map((cell) => cell.trim());
    const replaced = columns.at(-2) === "-" ? [] : columns.at(-2).split(", ");
    return {
      word: columns[1],
      // "word (Rust)" is refused in Rust only, "word (TypeScript)" in TypeScript only.
      replaced: replaced.map((one) => ({ word: one.split(" ")[0], only: /\((\w+)\)$/.exec(one)?.[1] })),
    };
  });
}

function* unused(rows, sources) {
  const all = sources.map(({ source }) => source).join("\n");
  for (const { word } of rows) {
    // Any form of the words, as one name or as several words: "equivocated slot", "equivocatedSlots",
    // "excluded_authors".
    const form = new RegExp(word.replaceAll(" ", "\\w*[ _-]?"), "i");
    if (!form.test(all)) yield `${GLOSSARY}: ${word}: the code does not use it`;
  }
}

function* repeated(rows) {
  const seen = new Set();
  for (const { word } of rows) {
    if (seen.has(word)) yield `${GLOSSARY}: ${word}: it has two rows`;
    seen.add(word);
  }
}

function* returned(rows, { file, source }) {
  const isRust = file.endsWith(".rs");
  const instead = new Map();
  for (const { word, replaced } of rows) {
    const language = isRust ? "Rust" : "TypeScript";
    for (const one of replaced) if ((one.only ?? language) === language) instead.set(one.word, word);
  }
  for (const part of partsOf(path.basename(file))) {
    if (instead.has(part)) yield `${file}: ${part}: ${instead.get(part)} is the word for it`;
  }
  for (const { name, line } of isRust ? rustNames(source) : scriptNames(source)) {
    for (const part of partsOf(name)) {
      if (instead.has(part)) yield `${file}:${line}: ${name}: ${instead.get(part)} is the word for it`;
    }
  }
}

/** "SpentPair", "spent_pair", "#spentPair": spent, pair. */
function partsOf(name) {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z\d]+/)
    .map((part) => part.toLowerCase());
}

function scriptNames(source) {
  return codeTokens(source)
    .filter(({ kind }) => kind === "word")
    .map(({ text, line }) => ({ name: text, line }));
}

function rustNames(source) {
  const blank = (text) => text.replaceAll(/[^\n]/g, " ");
  const code = source.replaceAll(RUST_PROSE, blank).replaceAll(RUST_TESTS, blank);
  return code.split("\n").flatMap((text, i) => (text.match(/\w+/g) ?? []).map((name) => ({ name, line: i + 1 })));
}
