import { createHmac, randomBytes } from "node:crypto";
import { tokensEqual } from "../client/index.js";

/** A working day; a new login needs one command. */
export const SESSION_SECONDS = 12 * 3600;
/** Separates this use of the token from its use as a bearer token. */
const PURPOSE = "tos-ai-sync page session";
const NONCE_BYTES = 16;

/**
 * The cookies of page sessions. A cookie proves itself by a keyed hash under the API's token, so the node keeps no list
 * of sessions, and a session survives a restart. A new token ends every session.
 */
export class SessionCookies {
  readonly #key: Buffer;
  readonly #nowMs: () => number;

  constructor(token: string, nowMs: () => number = Date.now) {
    this.#key = createHmac("sha256", token).update(PURPOSE).digest();
    this.#nowMs = nowMs;
  }

  /** A new cookie as the value of `Set-Cookie`. Cookies do not tell ports apart, so `port` is a part of the name. */
  make(port: number): string {
    const end = Math.floor(this.#nowMs() / 1000) + SESSION_SECONDS;
    const text = `${end}.${randomBytes(NONCE_BYTES).toString("hex")}`;
    const value = `${text}.${this.#proof(text)}`;
    return `${nameAt(port)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_SECONDS}`;
  }

  /** Whether a `Cookie` header has a session of this node that is not over. */
  isGood(header: string | undefined, port: number): boolean {
    const prefix = `${nameAt(port)}=`;
    const value = header
      ?.split(";")
      .map((part) => part.trim())
      .find((part) => part.startsWith(prefix))
      ?.slice(prefix.length);
    const [, text = "", end = "", proof = ""] = /^((\d{1,12})\.[0-9a-f]{32})\.([0-9a-f]{64})$/.exec(value ?? "") ?? [];
    return proof !== "" && tokensEqual(proof, this.#proof(text)) && Number(end) * 1000 > this.#nowMs();
  }

  #proof(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("hex");
  }
}

function nameAt(port: number): string {
  return `tos_ai_sync_${port}`;
}
