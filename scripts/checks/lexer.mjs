// A small lexer for TypeScript: enough to tell code from comments, strings, templates and regular expressions, so that
// a check reads what runs and not what is written about it.

/**
 * @typedef {object} Token
 * @property {"word" | "number" | "string" | "template" | "regex" | "comment" | "punct"} kind
 * @property {string} text the source text; for a string, its content without the quotes
 * @property {number} line counted from 1
 */

const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$]*/uy;
const NUMBER = /0[xob][\da-f_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?n?/iy;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const REGEX = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const SPACE = /\s+/y;
/** Template text up to its end or to an opening `${`. */
const TEMPLATE_PART = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;

/** Words after which a slash opens a regular expression; after any other word it divides. */
const BEFORE_REGEX = new Set(
  "return typeof case in of do else void delete instanceof throw new yield await".split(" "),
);

/** Splits `source` into tokens; white space is dropped, everything else is kept in order. */
export function tokenize(source) {
  const tokens = [];
  const openTemplates = []; // for each template we are inside of: how many braces are open in its expression
  let previous; // the last token that is not a comment
  let at = 0;
  let line = 1;

  const take = (kind, pattern) => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (!text) return false;
    if (kind !== "space") {
      const token = { kind, text: kind === "string" ? text.slice(1, -1) : text, line };
      tokens.push(token);
      if (kind !== "comment") previous = token;
    }
    at += text.length;
    line += text.split("\n").length - 1;
    return true;
  };

  const templatePart = () => {
    if (take("template", TEMPLATE_PART) && previous.text.endsWith("${")) openTemplates.push(0);
  };

  while (at < source.length) {
    if (take("space", SPACE) || take("comment", COMMENT) || take("word", WORD)) continue;
    if (take("number", NUMBER) || take("string", STRING)) continue;
    if (mayStartRegex(previous) && take("regex", REGEX)) continue;

    const char = source[at];
    previous = { kind: "punct", text: char, line };
    at += 1;
    if (char === "`") {
      templatePart();
      continue;
    }
    const open = openTemplates.at(-1);
    if (char === "}" && open === 0) {
      openTemplates.pop();
      templatePart();
      continue;
    }
    if (open !== undefined && char === "{") openTemplates[openTemplates.length - 1] += 1;
    if (open !== undefined && char === "}") openTemplates[openTemplates.length - 1] -= 1;
    tokens.push(previous);
  }
  return tokens;
}

function mayStartRegex(previous) {
  if (previous === undefined) return true;
  if (previous.kind === "word") return BEFORE_REGEX.has(previous.text);
  return previous.kind === "punct" && !")]}".includes(previous.text);
}

/** The tokens that run: everything but comments. */
export function codeTokens(source) {
  return tokenize(source).filter((token) => token.kind !== "comment");
}

/**
 * The module specifiers that a file imports or re-exports, with their lines: static, for effect, dynamic and in types.
 * A dynamic import of something that is not a plain string has the specifier `undefined`.
 *
 * @returns {{ specifier: string | undefined, dynamic: boolean, line: number }[]}
 */
export function importsOf(source) {
  const tokens = codeTokens(source);
  const imports = [];
  tokens.forEach((token, i) => {
    if (token.kind !== "word") return;
    const next = tokens[i + 1];
    const isMember = tokens[i - 1]?.text === "." && tokens[i - 1]?.kind === "punct";
    if ((token.text === "from" || token.text === "import") && next?.kind === "string" && !isMember) {
      imports.push({ specifier: next.text, dynamic: false, bare: token.text === "import", line: token.line });
    } else if (token.text === "import" && next?.text === "(" && next.kind === "punct") {
      const argument = tokens[i + 2];
      const specifier = argument?.kind === "string" ? argument.text : undefined;
      imports.push({ specifier, dynamic: true, bare: false, line: token.line });
    }
  });
  return imports;
}
