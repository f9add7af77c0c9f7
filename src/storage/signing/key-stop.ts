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

/** A stop that the disk did not take is written again after this long, for as long as it is refused. */
const RETRY_MS = 15_000;

/** Whether one author key signs: what stops it holds from that moment on, and is brought to the disk after. */
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

  /** From this call on; a stop for the same or a stronger reason stays as it is. */
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

  /** Brings the stop to the disk; does nothing where it is there. `storage_full`, `storage_failed`: it is tried again. */
  mark(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    // One writer at a time; the next one tries again what this one could not write.
    this.#writing = written.catch(() => this.#tryAgain());
    return written;
  }

  /** Tries once more to bring the stop to the disk, then no more. Never rejects: the refusal was told before. */
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
