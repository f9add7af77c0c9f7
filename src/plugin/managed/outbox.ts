import { jsonText } from "../../api/client/index.js";
import { ChannelError } from "./channel-error.js";
import { LINE_MAX_BYTES } from "./constants.js";
import type { ChannelOutput } from "./own-output.js";

/**
 * Lines above which the host is behind: its input is not read, and optional messages are dropped. Four times its open
 * requests.
 */
const BEHIND_LINES = 256;
/** Bytes above which the host is behind: a quarter of the longest line. */
const BEHIND_BYTES = 1024 * 1024;
/** The cap: the mark, the requests in one more chunk of 64 KiB (the shortest has 37 bytes), and 128 open requests. */
export const OUTBOX_LINES_MAX = 2304;

/**
 * Lines that wait to be written to the host, in order. Above the marks only answers are kept, at most as many as the
 * host may have open: while the outbox is behind, the host's input is not read.
 */
export class Outbox {
  readonly #output: ChannelOutput;
  #lines: string[] = [];
  #bytes = 0;
  /** Lines in the stream's own buffer. */
  #leaving = 0;
  #left = 0;
  #full = false;
  #closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(output: ChannelOutput) {
    this.#output = output;
    output.on("drain", () => {
      this.#full = false;
      this.#write();
    });
  }

  get lines(): number {
    return this.#lines.length;
  }

  /** Number of lines written to the pipe. */
  get left(): number {
    return this.#left;
  }

  get behind(): boolean {
    return this.#lines.length >= BEHIND_LINES || this.#bytes >= BEHIND_BYTES;
  }

  /** Queues a message. Throws a ChannelError `internal` if it does not fit into one line. */
  send(message: object): void {
    const line = `${jsonText({ jsonrpc: "2.0", ...message })}\n`;
    // Counts bytes for long lines only: UTF-8 takes at most three bytes for a UTF-16 unit.
    if (line.length * 3 > LINE_MAX_BYTES && Buffer.byteLength(line) > LINE_MAX_BYTES) {
      throw new ChannelError("internal", `the message does not fit into ${LINE_MAX_BYTES} bytes`);
    }
    if (this.#closed) return;
    this.#lines.push(line);
    this.#bytes += line.length;
    this.#write();
  }

  /** Queues an optional message. False: it was dropped, because the stream is full. */
  offer(message: object): boolean {
    if (this.#full) return false;
    this.send(message);
    return true;
  }

  /** Resolves when the outbox is below its marks, or closed. */
  async caughtUp(): Promise<void> {
    while (this.behind && !this.#closed) await this.#change();
  }

  /** Resolves when all lines are written to the pipe, or the outbox is closed. */
  async flushed(): Promise<void> {
    while (!this.#closed && (this.#lines.length > 0 || this.#leaving > 0)) await this.#change();
  }

  /** Drops the queued lines; later ones are ignored. */
  close(): void {
    this.#closed = true;
    this.#lines = [];
    this.#bytes = 0;
    this.#wake();
  }

  readonly #gone = (): void => {
    this.#leaving--;
    this.#left++;
    if (this.#leaving === 0) this.#wake();
  };

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
    });
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  #write(): void {
    let written = 0;
    while (!this.#full && written < this.#lines.length) {
      const line = this.#lines[written++] ?? "";
      this.#bytes -= line.length;
      this.#leaving++;
      this.#full = !this.#output.write(line, this.#gone);
    }
    if (written > 0) this.#lines.splice(0, written);
    if (!this.#full) this.#wake();
  }
}
