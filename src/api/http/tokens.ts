import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { READ_TOKEN_FILE, readOrCreateToken, readToken, tokensEqual } from "../client/index.js";
import type { TokenRights } from "./access.js";

/** How often the files are looked at: a new token holds, and the old one ends, within this time. */
const POLL_MS = 1000;

/** Logs one line for a person. */
export type TokenLog = (level: "info" | "warn", text: string, fields: Readonly<Record<string, string>>) => void;

interface HeldToken {
  readonly rights: TokenRights;
  readonly path: string;
  value: string;
  /** The {@link stampOf} of the last reading: an unchanged file is not read again. */
  seen: string | undefined;
  /** The last fault of the file; it is logged once. */
  fault: string | undefined;
}

/** Differs after any change of a file or of its mode; undefined: there is no such file. */
async function stampOf(path: string): Promise<string | undefined> {
  const about = await stat(path).catch(() => undefined);
  return about === undefined ? undefined : `${about.ino} ${about.size} ${about.mode} ${about.ctimeMs}`;
}

/** The tokens of the API. The files may be replaced while the node runs. */
export class Tokens {
  readonly #held: readonly [HeldToken, HeldToken];
  readonly #log: TokenLog;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  private constructor(held: readonly [HeldToken, HeldToken], log: TokenLog) {
    this.#held = held;
    this.#log = log;
  }

  /** Reads both tokens, or makes them. Throws the errors of `readOrCreateToken`. */
  static async open(fullFile: string, log: TokenLog): Promise<Tokens> {
    const readFile = join(dirname(fullFile), READ_TOKEN_FILE);
    const hold = async (rights: TokenRights, path: string): Promise<HeldToken> => ({
      rights,
      path,
      value: await readOrCreateToken(path),
      seen: "",
      fault: undefined,
    });
    return new Tokens([await hold("all", fullFile), await hold("read", readFile)], log);
  }

  /** The token with all rights. */
  get full(): string {
    return this.#held[0].value;
  }

  /** The rights of a bearer token; undefined for any other text. */
  rightsOf(given: string): TokenRights | undefined {
    // Both are compared, so that the time does not tell which one is nearer.
    const found = this.#held.filter(({ value }) => tokensEqual(given, value));
    return found[0]?.rights;
  }

  /** Calls `changed` with the rights of each token that its file replaced, until {@link stop}. */
  watch(changed: (rights: TokenRights) => void): void {
    const next = (): void => {
      if (this.#isStopped) return;
      this.#timer = setTimeout(() => void this.#poll(changed).then(next), POLL_MS);
      this.#timer.unref();
    };
    next();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #poll(changed: (rights: TokenRights) => void): Promise<void> {
    for (const held of this.#held) {
      const seen = await stampOf(held.path);
      if (seen === held.seen) continue;
      held.seen = seen;
      let value: string;
      try {
        value = await readToken(held.path);
      } catch (error) {
        this.#keep(held, error);
        continue;
      }
      held.fault = undefined;
      if (this.#isStopped || value === held.value) continue;
      held.value = value;
      this.#log("info", "a token of the API was replaced: the old one is refused from now on", { file: held.path });
      changed(held.rights);
    }
  }

  /** A file that can't be used leaves the token as it was: a node without its API could not be repaired through it. */
  #keep(held: HeldToken, error: unknown): void {
    const fault = error instanceof NetworkError ? error.message : String(error);
    if (fault === held.fault) return;
    held.fault = fault;
    this.#log("warn", "a token file can't be used: the token that was read before stays", { cause: fault });
  }
}
