import { LINES_PER_MINUTE, LOGGED_MAX } from "../constants.js";
import type { NetworkHandlers } from "../types.js";

const MINUTE_MS = 60_000;

type Fields = Parameters<NetworkHandlers["log"]>[2];

interface Minute {
  readonly level: "info" | "warn";
  sinceMs: number;
  lines: number;
  /** Lines of this minute that were left out. */
  left: number;
}

/**
 * Log lines about faults of peers. An attacker can make any number of peer ids, so the lines are bounded:
 * LINES_PER_MINUTE of one kind in a minute, and only the first of each peer. The others are counted, and the count is
 * logged when the minute ends. Lines beyond the bound are written at level debug.
 */
export class PeerLines {
  readonly #log: NetworkHandlers["log"];
  readonly #nowMs: () => number;
  /** By kind. Kinds are reason codes, a closed list. */
  readonly #minutes = new Map<string, Minute>();
  readonly #logged = new Set<string>();

  constructor(log: NetworkHandlers["log"], nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** `kind` is from a closed list and never from a peer. */
  write(level: "info" | "warn", kind: string, peer: string, text: string, fields: Fields): void {
    this.#log(this.#isDue(level, kind, `${peer} ${kind}`) ? level : "debug", text, fields);
  }

  /** Writes the counts of minutes that are over. Call it every TICK_MS. */
  tick(): void {
    for (const [kind, { level, sinceMs, left }] of this.#minutes) {
      if (Math.abs(this.#nowMs() - sinceMs) < MINUTE_MS) continue;
      this.#minutes.delete(kind);
      if (left === 0) continue;
      const text =
        "more peers were refused or closed for the same reason within a minute; the log at level debug names them";
      this.#log(level, text, { code: kind, peers: left });
    }
  }

  #isDue(level: Minute["level"], kind: string, key: string): boolean {
    if (this.#logged.has(key)) return false;
    this.#logged.add(key);
    for (const oldest of this.#logged) {
      if (this.#logged.size <= LOGGED_MAX) break;
      this.#logged.delete(oldest);
    }
    let minute = this.#minutes.get(kind);
    if (minute === undefined) {
      minute = { level, sinceMs: this.#nowMs(), lines: 0, left: 0 };
      this.#minutes.set(kind, minute);
    }
    if (minute.lines < LINES_PER_MINUTE) {
      minute.lines += 1;
      return true;
    }
    minute.left += 1;
    return false;
  }
}
