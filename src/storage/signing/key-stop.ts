import { toHex } from "../../protocol/bytes.js";
import type { StoredKey } from "./key-file.js";
import {
  type SigningState,
  STOP_REASONS,
  type StoppedKey,
  type StopReason,
  stoppedError,
  writeSigningState,
} from "./signing-state.js";

/** The wait between attempts to write a stop that the disk refuses. A person has to repair the disk. */
const RETRY_MS = 15_000;

/** Whether one author key may sign. A stop takes effect at once and is written to the disk afterwards. */
export class KeyStop {
  readonly #key: StoredKey;
  #stopped: StoppedKey | undefined;
  /** The stop is on the disk. */
  #marked = true;
  #writing: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(key: StoredKey, state: SigningState) {
    this.#key = key;
    this.#stopped = state.kind === "stopped" ? state : undefined;
  }

  get stopped(): StoppedKey | undefined {
    return this.#stopped;
  }

  assertSigns(): void {
    if (this.#stopped !== undefined) throw stoppedError(toHex(this.#key.publicKey), this.#stopped);
  }

  /** Runs a decision. If it is refused, the stop of the key is the first reason. */
  before<T>(decide: () => T): T {
    try {
      return decide();
    } catch (refusal) {
      this.assertSigns();
      throw refusal;
    }
  }

  /** Stops the key from this call on. An earlier stop for the same or a stronger reason stays. */
  set(reason: StopReason, records: readonly string[], nowSeconds: number): void {
    const before = this.#stopped;
    if (before !== undefined && STOP_REASONS.indexOf(before.reason) >= STOP_REASONS.indexOf(reason)) return;
    this.#marked = false;
    this.#stopped = { kind: "stopped", reason, atSeconds: nowSeconds, records: records.slice(0, 2) };
  }

  async stop(reason: StopReason, records: readonly string[], nowSeconds: number): Promise<void> {
    this.set(reason, records, nowSeconds);
    await this.mark();
  }

  /** Writes the stop to the disk, if it is not there. On `storage_full` and `storage_failed` it retries later. */
  mark(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    // One writer at a time. The next one retries a failed write.
    this.#writing = written.catch(() => this.#tryAgain());
    return written;
  }

  /** Tries once more to write the stop. Never rejects: the refusal was reported before. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.mark().catch(() => undefined);
  }

  #tryAgain(): void {
    if (this.#closed || this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.mark().catch(() => undefined);
    }, RETRY_MS);
    this.#retry.unref();
  }

  async #write(): Promise<void> {
    const stopped = this.#stopped;
    if (stopped === undefined || this.#marked) return;
    await writeSigningState(this.#key.directory, stopped);
    if (this.#stopped === stopped) this.#marked = true;
  }
}
