import { expect, test } from "vitest";
import type { StoreWrite } from "../../src/engine/index.js";
import { lastEventNumber, lastEventWrite, SKIPPED_NUMBERS } from "../../src/manager/assembly/event-numbers.js";
import { NetworkError } from "../../src/protocol/errors.js";

/** A store whose newest event has this number, and with the meta value of an orderly stop. */
class Store implements Pick<Parameters<typeof lastEventNumber>[0], "newestEvent" | "meta" | "apply"> {
  readonly #newest: number;
  readonly #meta = new Map<string, Uint8Array>();
  /** Writes that did not ask for a sync. */
  unsynced = 0;
  refuses = false;

  constructor(newest: number, stoppedAt?: number) {
    this.#newest = newest;
    if (stoppedAt !== undefined) this.#put(lastEventWrite(stoppedAt));
  }

  newestEvent = async (): Promise<number> => this.#newest;
  meta = async (key: string): Promise<Uint8Array | undefined> => this.#meta.get(key);
  apply = async (writes: readonly StoreWrite[], { sync }: { readonly sync: boolean }): Promise<void> => {
    if (this.refuses) throw new NetworkError("storage_full", "there is no space");
    if (!sync) this.unsynced++;
    for (const write of writes) this.#put(write);
  };

  #put(write: StoreWrite): void {
    if (write.kind === "put_meta") this.#meta.set(write.key, write.value);
  }
}

test("event numbers begin at 1 in an empty store", async () => {
  expect(await lastEventNumber(new Store(0))).toBe(0);
});

test("event numbers begin at 1 after an orderly stop without events", async () => {
  expect(await lastEventNumber(new Store(0, 0))).toBe(0);
});

test("event numbers go on without a gap after an orderly stop", async () => {
  expect(await lastEventNumber(new Store(42, 42))).toBe(42);
});

test("a start skips numbers after an end without a stop, since readers may have seen lost events", async () => {
  expect(await lastEventNumber(new Store(42))).toBe(42 + SKIPPED_NUMBERS);
  expect(await lastEventNumber(new Store(42, 40))).toBe(42 + SKIPPED_NUMBERS);
});

test("a start skips numbers after a power cut that lost all events of the first start", async () => {
  const store = new Store(0);
  expect(await lastEventNumber(store)).toBe(0);
  expect(store.unsynced).toBe(0);
  expect(await lastEventNumber(store)).toBe(SKIPPED_NUMBERS);
});

test("a first start on a disk that refuses writes skips numbers", async () => {
  const store = new Store(0);
  store.refuses = true;
  expect(await lastEventNumber(store)).toBe(SKIPPED_NUMBERS);
});
