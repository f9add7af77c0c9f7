// The pure rooms decide; they may not look at a clock, throw dice, wait, or reach outside. Names are checked on code
// alone, so that comments and messages may speak of what the code may not do.
import path from "node:path";
import { filesIn, isGenerated, read } from "./files.mjs";
import { codeTokens, importsOf } from "./lexer.mjs";

export const title = "purity of protocol and engine";

/** What each pure room may import besides itself: rooms, and packages (with their subpaths). */
const PURE_ROOMS = {
  protocol: { rooms: [], packages: ["@bufbuild/protobuf", "@scure/base"] },
  engine: { rooms: ["protocol"], packages: [] },
};

const FORBIDDEN = new Map(
  Object.entries({
    "reads a clock": "Date performance",
    "is random or secret": "crypto",
    "is a timer or a queue of later work":
      "setTimeout setInterval setImmediate queueMicrotask requestAnimationFrame clearTimeout clearInterval AbortSignal",
    "is asynchronous": "Promise async await",
    "reaches outside":
      "process Buffer console fetch require globalThis global Worker WebAssembly WebSocket eval Function",
    "parses floating point": "parseFloat",
  }).flatMap(([why, names]) => names.split(" ").map((name) => [name, why])),
);

/** The functions of Math that take integers to integers (or round to one). */
const INTEGER_MATH = new Set("abs ceil clz32 floor imul max min round sign trunc".split(" "));

export function check(root) {
  const problems = [];
  for (const [room, rules] of Object.entries(PURE_ROOMS)) {
    for (const file of filesIn(root, `src/${room}`, [".ts"])) {
      const source = read(root, file);
      for (const problem of importProblems(file, room, rules, source)) problems.push(problem);
      if (!isGenerated(file)) for (const problem of nameProblems(file, source)) problems.push(problem);
    }
  }
  return problems;
}

function* importProblems(file, room, rules, source) {
  for (const { specifier, dynamic, line } of importsOf(source)) {
    if (dynamic) {
      yield `${file}:${line}: a dynamic import is asynchronous`;
    } else if (specifier.startsWith(".")) {
      const target = path.posix.join(path.posix.dirname(file), specifier).split("/");
      const inside = target[0] === "src" && [room, ...rules.rooms].includes(target[1]);
      if (!inside) yield `${file}:${line}: ${room} may not import ${specifier}`;
    } else if (!rules.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
      yield `${file}:${line}: ${room} may not import the package ${specifier}`;
    }
  }
}

function* nameProblems(file, source) {
  const tokens = codeTokens(source);
  for (const [i, token] of tokens.entries()) {
    const isMember = tokens[i - 1]?.text === "." && tokens[i - 2]?.text !== ".";
    if (token.kind === "word" && !isMember) {
      const why = FORBIDDEN.get(token.text);
      if (why !== undefined) yield `${file}:${token.line}: ${token.text} ${why}`;
      if (token.text === "Math" && !INTEGER_MATH.has(tokens[i + 2]?.text)) {
        yield `${file}:${token.line}: Math.${tokens[i + 2]?.text} is random or works in floating point`;
      }
    }
    if (token.kind === "number" && /^[\d_]*\.\d|^\d[\d_]*e-/i.test(token.text)) {
      yield `${file}:${token.line}: ${token.text} is a floating-point number; decide in integers`;
    }
  }
}
