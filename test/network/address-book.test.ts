import { describe, expect, it } from "vitest";
import { AddressBook } from "../../src/network/addresses/address-book.js";
import { ADDRESS_BOOK_MAX } from "../../src/network/constants.js";
import { MemoryStore, newPeer } from "../support/network-nodes.js";

describe("address book", () => {
  it("the address book keeps a bounded number of the latest peers, and continues with a store that fails", async () => {
    const store = new MemoryStore();
    const failures: unknown[] = [];
    const book = new AddressBook(store, (error) => failures.push(error));
    for (let i = 0; i < ADDRESS_BOOK_MAX + 5; i++) book.reached(`peer${i}`, ["x"], i);
    expect(book.size).toBe(ADDRESS_BOOK_MAX);
    expect(book.latest()[0]?.peer).toBe(`peer${ADDRESS_BOOK_MAX + 4}`);
    await book.stop();
    expect(store.entries).toHaveLength(ADDRESS_BOOK_MAX);
    expect(store.entries[0]?.peer).toBe("peer5");

    const broken = new AddressBook(
      { load: () => Promise.reject(new Error("disk")), save: () => Promise.reject(new Error("disk")) },
      (error) => failures.push(error),
    );
    await broken.load();
    broken.reached("peer", ["x"], 1);
    await broken.stop();
    expect(failures).toHaveLength(2);
  });

  it("the address book skips malformed entries of the store", async () => {
    const store = new MemoryStore();
    const peer = await newPeer();
    const good = `/ip4/127.0.0.1/tcp/1/p2p/${peer}`;
    store.entries = [
      { peer, addresses: ["rubbish", good, "/ip4/127.0.0.1/tcp/1"], lastReachedMs: 2 },
      { peer: "x", addresses: [], lastReachedMs: 1 },
    ];
    const book = new AddressBook(store, () => {});
    await book.load();
    expect(book.latest()).toEqual([{ peer, addresses: [good], lastReachedMs: 2 }]);
  });
});
