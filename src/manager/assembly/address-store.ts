import { z } from "zod";
import type { AddressStore, KnownAddress } from "../../network/index.js";
import type { RecordStore } from "../../storage/index.js";
import type { StoreWriter } from "../outbound/index.js";

const META_KEY = "address-book";
/** The network writes at most 256 entries of at most 4 addresses; a larger stored book is invalid. */
const book = z
  .array(
    z.strictObject({
      peer: z.string().max(128),
      addresses: z.array(z.string().max(256)).max(4),
      lastReachedMs: z.number().int().min(0),
    }),
  )
  .max(256);

/** Stores the addresses of reached peers in the database. A book that can't be read is dropped: it holds hints only. */
export function addressStore(store: RecordStore, writer: StoreWriter, failed: (error: unknown) => void): AddressStore {
  return {
    async load(): Promise<readonly KnownAddress[]> {
      const bytes = await store.meta(META_KEY);
      if (bytes === undefined) return [];
      try {
        return book.parse(JSON.parse(new TextDecoder().decode(bytes)));
      } catch (error) {
        failed(error);
        return [];
      }
    },
    async save(entries: readonly KnownAddress[]): Promise<void> {
      const value = new TextEncoder().encode(JSON.stringify(entries));
      await writer.write([{ kind: "put_meta", key: META_KEY, value }], false);
    },
  };
}
