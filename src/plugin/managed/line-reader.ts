import { isUtf8 } from "node:buffer";
import { LINE_MAX_BYTES } from "./constants.js";

const NEWLINE = 10;
/** A buffer above this size, a chunk of a pipe, is released after its line. */
const KEPT_BYTES = 64 * 1024;

/** Why a line is unreadable. */
export type LineFault = "too_long" | "not_utf8";

export interface LineSink {
  line(text: string): void;
  fault(fault: LineFault): void;
}

/**
 * Splits a stream of bytes into lines of UTF-8. Buffers at most one unfinished line. A line over the limit is reported
 * once and skipped to its end.
 */
export class LineReader {
  readonly #sink: LineSink;
  readonly #maxBytes: number;
  #held = Buffer.alloc(0);
  #size = 0;
  #passingOver = false;

  /** `maxBytes` includes the newline. */
  constructor(sink: LineSink, maxBytes = LINE_MAX_BYTES) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /** Bytes of the unfinished line. */
  get pendingBytes(): number {
    return this.#size;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
  }

  #finish(rest: Buffer): void {
    if (this.#passingOver) {
      this.#passingOver = false;
      return;
    }
    if (this.#size + rest.length + 1 > this.#maxBytes) this.#sink.fault("too_long");
    else if (this.#size === 0) this.#emitLine(rest);
    else {
      this.#append(rest);
      this.#emitLine(this.#held.subarray(0, this.#size));
    }
    this.#drop();
  }

  #hold(rest: Buffer): void {
    if (this.#passingOver) return;
    if (this.#size + rest.length + 1 <= this.#maxBytes) {
      this.#append(rest);
      return;
    }
    this.#passingOver = true;
    this.#drop();
    this.#sink.fault("too_long");
  }

  #append(bytes: Buffer): void {
    const size = this.#size + bytes.length;
    if (size > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(size, 2 * this.#held.length)));
      this.#held.copy(larger, 0, 0, this.#size);
      this.#held = larger;
    }
    bytes.copy(this.#held, this.#size);
    this.#size = size;
  }

  #drop(): void {
    this.#size = 0;
    if (this.#held.length > KEPT_BYTES) this.#held = Buffer.alloc(0);
  }

  #emitLine(bytes: Buffer): void {
    if (isUtf8(bytes)) this.#sink.line(bytes.toString("utf8"));
    else this.#sink.fault("not_utf8");
  }
}
