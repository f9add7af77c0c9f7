import { describe, expect, it } from "vitest";
import { addressStore } from "../../src/manager/assembly/address-store.js";
import { StoreWriter } from "../../src/manager/outbound/store-writer.js";
import { openStore } from "../../src/storage/database/open-store.js";
import { DiskRecordStore } from "../../src/storage/records/record-store.js";
import { scratchDirectory } from "../support/scratch.js";

describe("the address book on disk", () => {
  it("The stored address book comes back unchanged; one that can't be read is replaced by an empty one.", async () => {
    const keys = await openStore("leveldb", await scratchDirectory(), { createIfMissing: true });
    const store = new DiskRecordStore(keys);
    const writer = new StoreWriter(store, () => undefined);
    const failures: unknown[] = [];
    const book = addressStore(store, writer, (error) => failures.push(error));
    expect(await book.load()).toEqual([]);
    const entries = [{ peer: "p", addresses: ["/ip4/127.0.0.1/tcp/1/p2p/p"], lastReachedMs: 1 }];
    await book.save(entries);
    expect(await book.load()).toEqual(entries);
    const damaged = new TextEncoder().encode('[{"peer":"p"}]');
    await writer.write([{ kind: "put_meta", key: "address-book", value: damaged }], false);
    expect(await book.load()).toEqual([]);
    expect(failures.length).toBe(1);
    await writer.stop();
    await store.close();
  });
});
