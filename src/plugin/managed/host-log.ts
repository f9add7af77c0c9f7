import type { Log, LogLevel } from "../../manager/index.js";
import { LOG_TEXT_MAX_BYTES } from "./constants.js";

/** Fields of one line, and the length of a field's text: a line of the log stays a few kilobytes. */
const FIELDS_MAX = 16;
const FIELD_MAX_CHARS = 1024;

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Text of at most so many bytes of UTF-8; no character is cut in half. */
function cutText(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

/** Hands a line to the host; false: it does not keep up, and the line is dropped. */
export type OfferLine = (line: {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number>>;
}) => boolean;

/** The node's log, forwarded to the host. What it does not take is counted, and said with the next line that it takes. */
export class HostLog {
  readonly #offer: OfferLine;
  readonly #countDropped: () => void;
  #least = LEVELS.indexOf("info");
  #dropped = 0;

  constructor(offer: OfferLine, countDropped: () => void) {
    this.#offer = offer;
    this.#countDropped = countDropped;
  }

  setLevel(level: LogLevel): void {
    this.#least = LEVELS.indexOf(level);
  }

  readonly write: Log = (level, text, fields = {}) => {
    if (LEVELS.indexOf(level) < this.#least) return;
    if (this.#dropped > 0) {
      const message = "lines of the log were dropped: the host did not read them in time";
      if (this.#offer({ level: "warn", message, fields: { dropped: this.#dropped } })) this.#dropped = 0;
    }
    const told = Object.entries(fields)
      .slice(0, FIELDS_MAX)
      .map(([name, value]) => [name, typeof value === "string" ? value.slice(0, FIELD_MAX_CHARS) : value]);
    const message = cutText(text, LOG_TEXT_MAX_BYTES);
    const line = { level, message, ...(told.length === 0 ? {} : { fields: Object.fromEntries(told) }) };
    if (this.#offer(line)) return;
    this.#dropped++;
    this.#countDropped();
  };
}
