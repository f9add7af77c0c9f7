import { randomBytes } from "node:crypto";

/** How long a link may be used: a person copies it into a browser at once. */
export const LINK_MS = 120_000;
/** A person needs one; a script that asks for more loses its oldest. */
export const LINKS_MAX = 8;
const CODE_BYTES = 32;

/** The codes of login links that are not used yet: each may be used once. */
export class LoginLinks {
  /** End of each code, unix milliseconds. The oldest is the first. */
  readonly #codes = new Map<string, number>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#codes.size;
  }

  /** A new code, and the time until which it may be used, unix milliseconds. */
  make(): { readonly code: string; readonly endMs: number } {
    const nowMs = this.#nowMs();
    for (const [code, endMs] of this.#codes) {
      if (endMs <= nowMs || this.#codes.size >= LINKS_MAX) this.#codes.delete(code);
    }
    const code = randomBytes(CODE_BYTES).toString("hex");
    const endMs = nowMs + LINK_MS;
    this.#codes.set(code, endMs);
    return { code, endMs };
  }

  /** Whether the code is good. It is used up then. */
  take(code: string): boolean {
    const endMs = this.#codes.get(code);
    return this.#codes.delete(code) && endMs !== undefined && endMs > this.#nowMs();
  }
}
