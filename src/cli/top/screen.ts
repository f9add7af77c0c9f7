import type { TextSink } from "../output/index.js";

const ESC = "\u001b[";
/** A screen of its own, so that the lines before it are there again at the end; no cursor. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}2J`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
/** Terminals that know these draw what is between them at once; others ignore them. */
const BEGIN = `${ESC}?2026h`;
const END = `${ESC}?2026l`;
/** A terminal that does not tell its size. */
const COLUMNS = 80;
const ROWS = 24;

/** Draws frames on a terminal and writes only the lines that changed, so that nothing flickers. */
export class Screen {
  readonly #sink: TextSink;
  #shown: readonly string[] = [];
  #size = "";

  constructor(sink: TextSink) {
    this.#sink = sink;
    sink.write(ENTER);
  }

  get columns(): number {
    return this.#sink.columns ?? COLUMNS;
  }

  get rows(): number {
    return this.#sink.rows ?? ROWS;
  }

  /** Whether the size of the terminal is another one than at the last frame. */
  get resized(): boolean {
    return this.#size !== this.#sizeNow();
  }

  /** Draws lines without control characters; those that don't fit are cut. The first is bold, the last dim. */
  draw(lines: readonly string[]): void {
    const { columns, rows } = this;
    const isAnew = this.resized;
    this.#size = this.#sizeNow();
    const last = rows - 1;
    const frame = Array.from({ length: rows }, (_, row) => {
      const line = (row === last ? lines.at(-1) : row < lines.length - 1 ? lines[row] : "") ?? "";
      return line.slice(0, columns);
    });
    const changes = frame.flatMap((line, row) => {
      if (!isAnew && line === this.#shown[row]) return [];
      const style = row === 0 ? `${ESC}1m` : row === last ? `${ESC}2m` : "";
      return [`${ESC}${row + 1};1H${style}${line}${style === "" ? "" : `${ESC}0m`}${ESC}K`];
    });
    this.#shown = frame;
    if (changes.length > 0) this.#sink.write(`${BEGIN}${isAnew ? `${ESC}2J` : ""}${changes.join("")}${END}`);
  }

  /** Gives the terminal back as it was. */
  close(): void {
    this.#sink.write(LEAVE);
  }

  #sizeNow(): string {
    return `${this.columns} ${this.rows}`;
  }
}
