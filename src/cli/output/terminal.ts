import { styleText } from "node:util";
import type { LogLosses } from "../../api/index.js";

/** The target of text: a stream, or an array in tests. */
export interface TextSink {
  readonly isTTY?: boolean;
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

  style(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }

  line(text = ""): void {
    this.#sink.write(`${text}\n`);
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

  /** Aligned `name  value` lines. */
  pairs(pairs: readonly (readonly [string, string])[]): void {
    const width = Math.max(...pairs.map(([name]) => name.length));
    for (const [name, text] of pairs) this.line(`${this.style("dim", name.padEnd(width))}  ${text}`);
  }

  /** Columns under a heading; only the text `none` if there are no rows. */
  table(heading: readonly string[], rows: readonly (readonly string[])[], none: string): void {
    if (rows.length === 0) {
      this.line(none);
      return;
    }
    const widths = heading.map((title, column) =>
      Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
    );
    const align = (row: readonly string[]) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd();
    this.line(this.style("dim", align(heading)));
    for (const row of rows) this.line(align(row));
  }
}
