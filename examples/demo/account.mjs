import { styleText } from "node:util";

const COLOURS = { publisher: "cyan", validator: "green", latecomer: "magenta" };

/** Tells a person what happens, line by line; silent when the result goes to a program. */
export class Account {
  #loud;
  #startedMs = Date.now();

  constructor(loud) {
    this.#loud = loud;
  }

  title(name, description) {
    this.#print(`${styleText("bold", name)}\n${description}\n`);
  }

  say(who, what, detail) {
    const seconds = ((Date.now() - this.#startedMs) / 1000).toFixed(1).padStart(6);
    this.#print(`${seconds} s  ${styleText(COLOURS[who] ?? "white", who.padEnd(10))} ${what.padEnd(22)} ${detail}`);
  }

  table(details, digests, names) {
    this.#print("");
    for (const submission of details.submissions) {
      const verdict = submission.verdict;
      this.#print(
        `task ${details.task_id.slice(0, 12)} is ${details.status}; submission ${submission.submission_id.slice(0, 12)}: ` +
          `${verdict.validators} validations, ${verdict.reached ? "agreed" : "no agreement"}`,
      );
    }
    names.forEach((name, i) => {
      this.#print(`${name.padEnd(10)} state digest ${digests[i]}`);
    });
  }

  end(result) {
    if (result.error !== undefined) this.#print(styleText("red", result.error));
    this.#print(
      result.ok
        ? styleText("bold", "All three agree, and nothing acknowledged was lost.")
        : styleText("red", "They do not agree."),
    );
  }

  #print(text) {
    if (this.#loud) console.log(text);
  }
}
