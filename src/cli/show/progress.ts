import { showDuration } from "../arguments/index.js";
import type { CliIo } from "../output/index.js";

const BAR_CELLS = 20;
/** Time between two drawings on a terminal, and between two lines of JSON. */
const DRAW_MS = 200;
const LINE_MS = 1000;
/** A rate from less time says little. */
const RATE_FROM_MS = 1000;
/** Back to the start of the line, which is cleared. */
const CLEAR = "\r\u001b[K";

/** A part of 1 as a bar with its percentage. */
export function progressBar(share: number): string {
  const cells = Math.floor(share * BAR_CELLS);
  return `[${"#".repeat(cells)}${"-".repeat(BAR_CELLS - cells)}] ${Math.floor(100 * share)} %`;
}

/**
 * Shows on standard error how far a long command is: on a terminal as one line that is drawn again, with `--json` as
 * one object a second, in a pipe not at all.
 */
export class Progress {
  readonly #io: Pick<CliIo, "err" | "nowMs">;
  readonly #unit: string;
  readonly #mode: "terminal" | "json" | "silent";
  #beganMs: number | undefined;
  #shownMs = 0;
  #drawn = false;

  /** `unit`: what is counted, in the plural. */
  constructor(io: Pick<CliIo, "err" | "nowMs">, { unit, json }: { readonly unit: string; readonly json: boolean }) {
    this.#io = io;
    this.#unit = unit;
    const terminal = io.err.isTTY === true ? "terminal" : "silent";
    this.#mode = json ? "json" : terminal;
  }

  /** `done` of `total` are done now. */
  at(done: number, total: number): void {
    const nowMs = this.#io.nowMs();
    if (this.#beganMs === undefined) {
      // A command that ends soon shows nothing.
      this.#beganMs = nowMs;
      this.#shownMs = nowMs;
    }
    const wait = this.#mode === "json" ? LINE_MS : DRAW_MS;
    if (this.#mode === "silent" || nowMs - this.#shownMs < wait) return;
    this.#shownMs = nowMs;
    const elapsedMs = nowMs - this.#beganMs;
    const isRated = elapsedMs >= RATE_FROM_MS && done > 0;
    const perSecond = isRated ? (1000 * done) / elapsedMs : undefined;
    if (this.#mode === "json") this.#line(done, total, perSecond);
    else this.#draw(done, total, perSecond);
  }

  /** Removes the line from the terminal. */
  end(): void {
    if (this.#drawn) this.#io.err.write(CLEAR);
    this.#drawn = false;
  }

  #line(done: number, total: number, perSecond: number | undefined): void {
    const rate = perSecond === undefined ? null : Math.round(perSecond);
    const left = perSecond === undefined ? null : Math.round((total - done) / perSecond);
    const progress = { unit: this.#unit, done, total, per_second: rate, seconds_left: left };
    this.#io.err.write(`${JSON.stringify({ progress })}\n`);
  }

  #draw(done: number, total: number, perSecond: number | undefined): void {
    const bar = progressBar(total === 0 ? 1 : done / total);
    const counts = `${done} of ${total} ${this.#unit}`;
    const rate =
      perSecond === undefined
        ? ""
        : `, ${Math.round(perSecond)}/s, ${showDuration(Math.round((total - done) / perSecond))} left`;
    const text = `${bar}, ${counts}${rate}`;
    const { columns = Number.POSITIVE_INFINITY } = this.#io.err;
    this.#io.err.write(`${CLEAR}${text.slice(0, columns - 1)}`);
    this.#drawn = true;
  }
}
