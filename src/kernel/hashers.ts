import { NetworkError } from "../protocol/errors.js";
import { badParameters, checkInput, checkLength, MAX_HASHERS } from "./limits.js";
import type { KernelHasher } from "./types.js";

/** A backend's part of a {@link KernelHasher}. Its arguments are checked, and no call comes after the end. */
export interface RawHasher {
  update(part: Uint8Array): void;
  digest(out: Uint8Array): void;
  /** Frees memory outside of the garbage collector. Called once. */
  free(): void;
}

/** The open hashers of one kernel. */
export class Hashers {
  #open = 0;
  /** Hashers that were collected: their memory is freed, so they no longer count. */
  readonly #forgotten = new FinalizationRegistry<void>(() => {
    this.#open -= 1;
  });

  /** Throws `kernel_failed` beyond {@link MAX_HASHERS}. */
  open(make: () => RawHasher): KernelHasher {
    if (this.#open >= MAX_HASHERS) {
      throw new NetworkError("kernel_failed", `${MAX_HASHERS} hashers are open already`);
    }
    const hasher = new EndingHasher(make(), () => {
      this.#forgotten.unregister(hasher);
      this.#open -= 1;
    });
    this.#open += 1;
    this.#forgotten.register(hasher, undefined, hasher);
    return hasher;
  }
}

class EndingHasher implements KernelHasher {
  #raw: RawHasher | undefined;
  readonly #ended: () => void;

  constructor(raw: RawHasher, ended: () => void) {
    this.#raw = raw;
    this.#ended = ended;
  }

  update(part: Uint8Array): void {
    const raw = this.#living();
    checkInput(part);
    raw.update(part);
  }

  digest(out: Uint8Array): void {
    const raw = this.#living();
    checkLength(out, 32, "the output");
    try {
      raw.digest(out);
    } finally {
      this.free();
    }
  }

  free(): void {
    const raw = this.#raw;
    if (raw === undefined) return;
    this.#raw = undefined;
    this.#ended();
    raw.free();
  }

  #living(): RawHasher {
    if (this.#raw === undefined) throw badParameters("the hash has ended");
    return this.#raw;
  }
}
