import { ADDRESS_BOOK_MAX, ADDRESSES_PER_PEER, BOOK_SAVE_MS } from "../constants.js";
import { parseAddress } from "./address-scope.js";
import type { AddressStore, KnownAddress } from "./known-address.js";

/** Peers whose hello succeeded, the latest last. They are kept on disk, so a restart needs no bootstrap list. */
export class AddressBook {
  readonly #store: AddressStore;
  readonly #failed: (error: unknown) => void;
  readonly #entries = new Map<string, KnownAddress>();
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #changed = false;

  /** `failed` is called where the store can't be read or written. The book continues in memory. */
  constructor(store: AddressStore, failed: (error: unknown) => void) {
    this.#store = store;
    this.#failed = failed;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Reads the store. Malformed entries are skipped. */
  async load(): Promise<void> {
    try {
      const stored = [...(await this.#store.load())].sort((a, b) => a.lastReachedMs - b.lastReachedMs);
      for (const { peer, addresses, lastReachedMs } of stored) {
        const usable = addresses.filter((text) => parseAddress(text)?.peer === peer).slice(0, ADDRESSES_PER_PEER);
        if (usable.length > 0) this.#put({ peer, addresses: usable, lastReachedMs });
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The peer was reached; addresses are best first, each with its /p2p/ id. */
  reached(peer: string, addresses: readonly string[], nowMs: number): void {
    if (addresses.length === 0) return;
    this.#put({ peer, addresses: addresses.slice(0, ADDRESSES_PER_PEER), lastReachedMs: nowMs });
    this.#changed = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.save();
    }, BOOK_SAVE_MS);
  }

  /** Latest reached first. */
  latest(): KnownAddress[] {
    return [...this.#entries.values()].reverse();
  }

  /** Writes what changed. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      if (!this.#changed) return;
      this.#changed = false;
      try {
        await this.#store.save([...this.#entries.values()]);
      } catch (error) {
        this.#failed(error);
      }
    });
    return this.#saving;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.save();
  }

  #put(entry: KnownAddress): void {
    this.#entries.delete(entry.peer);
    this.#entries.set(entry.peer, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= ADDRESS_BOOK_MAX) return;
      this.#entries.delete(oldest);
    }
  }
}
