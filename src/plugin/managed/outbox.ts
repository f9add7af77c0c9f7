import { jsonText } from "../../api/index.js";
import { ChannelError } from "./channel-error.js";
import { LINE_MAX_BYTES } from "./constants.js";
import type { ChannelOutput } from "./own-output.js";

/** Beyond either the host does not keep up: nothing more is read from it, and what may be dropped is. */
const BEHIND_LINES = 256;
const BEHIND_BYTES = 1024 * 1024;
/** The mark, and what one more chunk of 64 KiB asks for: the shortest request has 37 bytes. And 128 open requests. */
export const OUTBOX_LINES_MAX = 2304;

/**
 * Lines on their way to the host, in order. Only what the host asked for is ever kept beyond the marks, and of that no more
 * than it may have open: while the outbox is behind, nobody reads what the host sends.
 */
export class Outbox {
  readonly #output: ChannelOutput;
  #lines: string[] = [];
  #bytes = 0;
  /** Lines that the stream took and has not handed on. */
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

  /** Lines that have left this process. */
  get left(): number {
    return this.#left;
  }

  get behind(): boolean {
    return this.#lines.length >= BEHIND_LINES || this.#bytes >= BEHIND_BYTES;
  }

  /** A message that must arrive. Throws a ChannelError `internal` where it does not fit into one line. */
  send(message: object): void {
    const line = `${jsonText({ jsonrpc: "2.0", ...message })}\n`;
    // Most lines are short; UTF-8 takes at most three bytes for a UTF-16 unit.
    if (line.length * 3 > LINE_MAX_BYTES && Buffer.byteLength(line) > LINE_MAX_BYTES) {
      throw new ChannelError("internal", `the message does not fit into ${LINE_MAX_BYTES} bytes`);
    }
    if (this.#closed) return;
    this.#lines.push(line);
    this.#bytes += line.length;
    this.#write();
  }

  /** A message that may be dropped: false where it was, because the host does not keep up. */
  offer(message: object): boolean {
    if (this.#full) return false;
    this.send(message);
    return true;
  }

  /** Resolves when the host has caught up, or when there is nobody to write to. */
  async caughtUp(): Promise<void> {
    while (this.behind && !this.#closed) await this.#change();
  }

  /** Resolves when all lines have left this process, or when there is nobody to write to. */
  async flushed(): Promise<void> {
    while (!this.#closed && (this.#lines.length > 0 || this.#leaving > 0)) await this.#change();
  }

  /** The host has gone: drops what is left. */
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
