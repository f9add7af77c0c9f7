import { stripVTControlCharacters, styleText } from "node:util";
import type { LogLosses } from "../../api/index.js";

/** The target of text: a stream, or an array in tests. */
export interface TextSink {
  readonly isTTY?: boolean;
  /** Characters of a line of the terminal; undefined for what is no terminal. */
  readonly columns?: number | undefined;
  /** Lines of the terminal; undefined for what is no terminal. */
  readonly rows?: number | undefined;
  write(text: string): unknown;
  /** Set for a stream that can lose lines. */
  readonly losses?: LogLosses;
}

/** A command's access to the outside: streams, signals, clock, environment. */
export interface CliIo {
  readonly out: TextSink;
  readonly err: TextSink;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when a person or a service manager asks the program to end. A call takes over the signals. */
  interrupted(): AbortSignal;
  /** Aborted when standard output fails: its reader is gone or its disk is full. */
  outputFailed(): AbortSignal;
  /** Aborted when standard input ends, as it does when the program at the other end dies. A call discards the input. */
  stdinEnded(): AbortSignal;
  /** Passes each key that is pressed on the terminal. The result ends that. Without a terminal no key comes. */
  keys(listener: (key: string) => void): () => void;
  nowMs(): number;
}

type Style = "bold" | "dim" | "green" | "yellow" | "red";

/** Control and format characters, those of text direction included: foreign text must not control a terminal. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Makes foreign text safe for a terminal. Line feeds and tabs stay. */
export function plain(text: string): string {
  return text.replace(UNPRINTABLE, (found) => (found === "\n" || found === "\t" ? found : "\ufffd"));
}

/** JSON with control and format characters as escapes: the value is the same, and it is safe for a terminal. */
export function plainJson(text: string): string {
  return text.replace(UNPRINTABLE, (found) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, "0")}`).join(
      "",
    ),
  );
}

/** Like {@link plain}, on one line. */
export function plainLine(text: string): string {
  return plain(text).replace(/[\n\t]+/g, " ");
}

/** The output of a command: lines for a person, or JSON for a program. */
export class Output {
  readonly json: boolean;
  readonly #sink: TextSink;
  readonly #colours: boolean;

  constructor(io: CliIo, json: boolean) {
    this.json = json;
    this.#sink = io.out;
    this.#colours = io.out.isTTY === true && !io.env.NO_COLOR;
  }

  /** The reader is a person at a terminal, not a pipe or a file. */
  get isTerminal(): boolean {
    return this.#sink.isTTY === true;
  }

  style(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }

  line(text = ""): void {
    this.#sink.write(`${text}\n`);
  }

  /** One line; on a terminal it is cut to the width. `text` has no style. */
  shortLine(text: string): void {
    const { columns = Number.POSITIVE_INFINITY } = this.#sink;
    this.line(text.length > columns ? `${text.slice(0, columns - 1)}\u2026` : text);
  }

  /** One JSON value on one line. */
  value(value: unknown): void {
    const text = JSON.stringify(value, (_key, member) => (typeof member === "bigint" ? member.toString() : member));
    this.line(plainJson(text));
  }

  /** Prints the value as JSON, or calls `show` to print it for a person. */
  answer<T>(value: T, show: (value: T) => void): void {
    if (this.json) this.value(value);
    else show(value);
  }

  /** Aligned `name  value` lines. A value that is wider than the terminal takes several lines, broken at spaces. */
  pairs(pairs: readonly (readonly [string, string])[]): void {
    const width = Math.max(...pairs.map(([name]) => name.length));
    const room = (this.#sink.columns ?? Number.POSITIVE_INFINITY) - width - GAP.length;
    for (const [name, text] of pairs) {
      const [first = "", ...more] = wrapped(text, room);
      this.line(`${this.style("dim", name.padEnd(width))}${GAP}${first}`);
      for (const rest of more) this.line(`${" ".repeat(width)}${GAP}${rest}`);
    }
  }

  /**
   * Columns under a heading; only the text `none` if there are no rows. On a terminal that is narrower than the table a
   * row takes several lines, and the heading the same number.
   */
  table(heading: readonly string[], rows: readonly (readonly string[])[], none: string): void {
    if (rows.length === 0) {
      this.line(none);
      return;
    }
    const widths = heading.map((title, column) =>
      Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
    );
    const lines = linesOf(widths, this.#sink.columns ?? Number.POSITIVE_INFINITY);
    const print = (row: readonly string[], style: (text: string) => string): void => {
      for (const [number, columns] of lines.entries()) {
        const cells = columns.map((column) => (row[column] ?? "").padEnd(widths[column] ?? 0));
        this.line(style(`${number === 0 ? "" : INDENT}${cells.join(GAP)}`.trimEnd()));
      }
    };
    print(heading, (text) => this.style("dim", text));
    for (const row of rows) print(row, (text) => text);
  }
}

const GAP = "  ";
const INDENT = "    ";

/** The lines of a text: as many words as fit into `width` characters, at least one. Styles take no room. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && stripVTControlCharacters(longer).length > width) lines.push(word);
    else lines.splice(-1, 1, longer);
  }
  return lines;
}

/** The columns of each line of a row: as many as fit into `width` characters, at least one. */
function linesOf(widths: readonly number[], width: number): number[][] {
  const lines: number[][] = [[]];
  let used = 0;
  for (const [column, size] of widths.entries()) {
    const line = lines.at(-1) ?? [];
    if (line.length > 0 && used + GAP.length + size > width) {
      lines.push([column]);
      used = INDENT.length + size;
    } else {
      used += (line.length > 0 ? GAP.length : 0) + size;
      line.push(column);
    }
  }
  return lines;
}
