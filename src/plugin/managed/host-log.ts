import type { Log, LogLevel } from "../../manager/index.js";
import { LOG_TEXT_MAX_BYTES } from "./constants.js";

/** Caps of a log line's fields, so that a line stays at a few kilobytes. */
const FIELDS_MAX = 16;
const FIELD_MAX_CHARS = 1024;

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Truncates to a number of UTF-8 bytes, at a character boundary. */
function cutText(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

/** Sends a line to the host. False: the line was dropped, because the host does not keep up. */
export type OfferLine = (line: {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number>>;
}) => boolean;

/** Forwards the node's log to the host. Dropped lines are counted; the next line that is sent reports the count. */
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
    const reported = Object.entries(fields)
      .slice(0, FIELDS_MAX)
      .map(([name, value]) => [name, typeof value === "string" ? value.slice(0, FIELD_MAX_CHARS) : value]);
    const message = cutText(text, LOG_TEXT_MAX_BYTES);
    const line = { level, message, ...(reported.length === 0 ? {} : { fields: Object.fromEntries(reported) }) };
    if (this.#offer(line)) return;
    this.#dropped++;
    this.#countDropped();
  };
}
