import { fstatSync, writeSync } from "node:fs";
import type { FaultDetail, LineLoss, LogLosses, LostLines } from "../../api/index.js";
import { placeOfWrite } from "./file-end.js";
import type { TextSink } from "./terminal.js";

/** The used part of Node's standard streams. */
export interface StandardStream {
  readonly fd: number;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Bytes that wait for the reader. */
  readonly writableLength: number;
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Bytes that wait for a slow reader of a pipe: some thousand log lines. Above it lines are dropped and counted. */
export const OUTPUT_QUEUE_BYTES = 1024 * 1024;

const NO_SPACE: readonly (string | undefined)[] = ["ENOSPC", "EDQUOT", "EFBIG"];
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function countLines(text: string): number {
  return Math.max(1, text.split("\n").length - 1);
}

/**
 * Standard output or standard error. A write never throws and never waits for a reader. A line that can't be written is
 * dropped and counted by its reason; the next written line is preceded by a notice with the number.
 *
 * A file is written synchronously by this thread, so that the last line before a crash is in it. For a pipe and a
 * terminal Node's stream queues what a slow reader has not read.
 */
export class OutputStream implements TextSink, LogLosses {
  readonly #stream: StandardStream;
  readonly #isFile: boolean;
  readonly #total = new Map<LineLoss, number>();
  #unlogged = new Map<LineLoss, number>();
  /** The last write ended inside a line. */
  #torn = false;
  #gone = false;
  #failure: string | undefined;
  /** The queue has a bound: for a program that runs for long. */
  #bounded = false;
  #notice: ((lost: LostLines) => string) | undefined;
  #onFailure: () => void = () => undefined;
  #onLost: ((loss: LineLoss, lines: number) => void) | undefined;

  constructor(stream: StandardStream) {
    this.#stream = stream;
    this.#isFile = isFile(stream);
    if (!this.#isFile) stream.on("error", (error) => this.#failed(error));
  }

  get losses(): LogLosses {
    return this;
  }

  get isTTY(): boolean {
    return this.#stream.isTTY === true;
  }

  get columns(): number | undefined {
    return this.isTTY ? this.#stream.columns : undefined;
  }

  get rows(): number | undefined {
    return this.isTTY ? this.#stream.rows : undefined;
  }

  /** The other end is gone for good. */
  get gone(): boolean {
    return this.#gone;
  }

  /** The operating system's error of the last write; undefined after a write that succeeded. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Lines lost since the start, by reason. */
  get lost(): LostLines {
    return Object.fromEntries(this.#total);
  }

  /** Lines were lost, and no line has been written since. */
  get losing(): boolean {
    return this.#unlogged.size > 0;
  }

  /** From now on lines above {@link OUTPUT_QUEUE_BYTES} of unread output are dropped. */
  bound(): void {
    this.#bounded = true;
  }

  /** Called at every failure. */
  onFailure(listener: () => void): void {
    this.#onFailure = listener;
  }

  /** The listener gets every lost line by reason, the earlier ones included. */
  onLost(listener: (loss: LineLoss, lines: number) => void): void {
    this.#onLost = listener;
    for (const [loss, lines] of this.#total) listener(loss, lines);
  }

  /** Sets how the notice of lost lines is written. */
  setNotice(notice: (lost: LostLines) => string): void {
    this.#notice = notice;
  }

  write(text: string): void {
    const notice = this.losing ? (this.#notice?.(Object.fromEntries(this.#unlogged)) ?? "") : "";
    if (!this.#put(notice + text, text === "" ? 0 : countLines(text))) return;
    this.#unlogged = new Map();
    this.#failure = undefined;
  }

  active(): FaultDetail | undefined {
    // Writes the notice although there is no other line.
    if (this.losing && !this.#gone && this.#notice !== undefined) this.write("");
    if (!this.losing) return undefined;
    const reasons = Object.entries(this.lost).map(([loss, lines]) => `${loss} ${lines}`);
    return { text: `log lines could not be written and are lost since the start: ${reasons.join(", ")}` };
  }

  /** Resolves when a pipe has taken all output, or at once if it is gone. */
  async drained(): Promise<void> {
    if (this.#isFile || this.#gone || this.#stream.writableLength === 0) return;
    await new Promise<void>((resolve) => this.#stream.write("", () => resolve()));
  }

  #put(text: string, lines: number): boolean {
    if (this.#gone) return this.#lose("closed", lines);
    if (this.#isFile) return this.#putFile(text, lines);
    if (this.#bounded && this.#stream.writableLength > OUTPUT_QUEUE_BYTES) return this.#lose("slow", lines);
    this.#stream.write(text, (error) => {
      if (error) this.#lose("closed", lines);
    });
    return true;
  }

  #putFile(text: string, lines: number): boolean {
    const bytes = Buffer.from(this.#torn ? `\n${text}` : text);
    let written = 0;
    try {
      while (written < bytes.length) {
        const { fd } = this.#stream;
        written += writeSync(fd, bytes, written, bytes.length - written, placeOfWrite(fd));
      }
      this.#torn = false;
      return true;
    } catch (error) {
      if (written > 0) this.#torn = bytes[written - 1] !== 0x0a;
      this.#failed(error);
      return this.#lose(NO_SPACE.includes(codeOf(error)) ? "no_space" : "failed", lines);
    }
  }

  #failed(error: unknown): void {
    this.#failure = error instanceof Error ? error.message : String(error);
    // Node closes a pipe and a terminal at their first error: the reader or the terminal is gone.
    if (!this.#isFile) this.#gone = true;
    this.#onFailure();
  }

  #lose(loss: LineLoss, lines: number): false {
    if (lines === 0) return false;
    this.#total.set(loss, (this.#total.get(loss) ?? 0) + lines);
    this.#unlogged.set(loss, (this.#unlogged.get(loss) ?? 0) + lines);
    this.#onLost?.(loss, lines);
    return false;
  }
}

/** A regular file or a device other than a terminal: Node's stream throws at a failed write and never writes again. */
function isFile(stream: StandardStream): boolean {
  if (stream.isTTY) return false;
  try {
    const stats = fstatSync(stream.fd);
    return stats.isFile() || stats.isCharacterDevice() || stats.isBlockDevice();
  } catch {
    return false;
  }
}
