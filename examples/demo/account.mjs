import { styleText } from "node:util";

/** Columns of a paragraph: what a terminal and a picture of one can show. */
const WIDTH = 112;
const INDENT = " ".repeat(10);
const DETAIL_INDENT = 44;

/** Tells a person what happens, line by line; silent when the result goes to a program. */
export class Account {
  #loud;
  #colours;
  #startedMs = Date.now();

  /** `colours` by the name of who acts. */
  constructor(loud, colours = { publisher: "cyan", validator: "green", latecomer: "magenta" }) {
    this.#loud = loud;
    this.#colours = colours;
  }

  title(name, description) {
    this.line(styleText("bold", name));
    for (const line of wrap(description, WIDTH)) this.line(line);
  }

  say(who, what, detail) {
    const seconds = ((Date.now() - this.#startedMs) / 1000).toFixed(1).padStart(6);
    const [first, ...rest] = wrap(detail, WIDTH - DETAIL_INDENT);
    this.line(`${seconds} s  ${this.name(who, 10)} ${what.padEnd(22)} ${first}`);
    for (const line of rest) this.line(`${" ".repeat(DETAIL_INDENT)}${line}`);
  }

  /** What the next lines are about, for who wonders. */
  why(text) {
    this.line();
    for (const line of wrap(text, WIDTH - INDENT.length)) this.line(styleText("dim", `${INDENT}${line}`));
  }

  /** Columns under a heading. */
  columns(heading, rows) {
    const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
    const align = (row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join("  ")
        .trimEnd();
    this.line();
    this.line(styleText("dim", align(heading)));
    for (const [who, ...rest] of rows) {
      const [, ...others] = widths;
      const cells = rest
        .map((cell, i) => cell.padEnd(others[i]))
        .join("  ")
        .trimEnd();
      this.line(`${this.name(who, widths[0])}  ${cells}`);
    }
  }

  table(details, digests, names) {
    this.line();
    for (const submission of details.submissions) {
      const verdict = submission.verdict;
      this.line(
        `task ${details.task_id.slice(0, 12)} is ${details.status}; ` +
          `submission ${submission.submission_id.slice(0, 12)}: ` +
          `${verdict.validators} validations, ${verdict.reached ? "agreed" : "no agreement"}`,
      );
    }
    names.forEach((name, i) => {
      this.line(`${name.padEnd(10)} state digest ${digests[i]}`);
    });
  }

  /** `agreed` is the last line of a run without a fault. */
  end(result, agreed) {
    if (result.ok) this.line(styleText("bold", agreed));
    else this.line(styleText("red", result.error ?? "They do not agree."));
  }

  name(who, width) {
    const colour = this.#colours[who];
    const padded = who.padEnd(width);
    return colour === undefined ? padded : styleText(colour, padded);
  }

  line(text = "") {
    if (this.#loud) console.log(text);
  }
}

function wrap(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines.at(-1) === "" ? word : `${lines.at(-1)} ${word}`;
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
