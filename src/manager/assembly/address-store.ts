import { z } from "zod";
import type { AddressStore, KnownAddress } from "../../network/index.js";
import type { RecordStore } from "../../storage/index.js";
import type { StoreWriter } from "../outbound/index.js";

const META_KEY = "address-book";
/** The network keeps at most 256 entries of at most 4 addresses; a stored book that says more is not ours. */
const book = z
  .array(
    z.strictObject({
      peer: z.string().max(128),
      addresses: z.array(z.string().max(256)).max(4),
      lastReachedMs: z.number().int().min(0),
    }),
  )
  .max(256);

/** The peers reached before, kept in the database. A book that can't be read is started anew: it only holds hints. */
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
