import { ClassicLevel } from "classic-level";
import { concatBytes } from "../protocol/bytes.js";
import type { Database, OpenDatabase, Rows } from "./database-store.js";
import { FAMILIES, type Family, type KeyRange, type KeyWrite } from "./types.js";

const MIB = 1024 * 1024;
const WRITE_BUFFER_BYTES = 8 * MIB;
const CACHE_BYTES = 16 * MIB;

/** Beside all families, whose first bytes begin with 1. */
const MARK = { key: Uint8Array.of(0), value: new Uint8Array(0) };

const BYTES = { keyEncoding: "view", valueEncoding: "view" } as const;

type Operation =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: Uint8Array };

/** LevelDB has no column families: the first byte of a key names its family. */
function prefixed(family: Family, key: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(FAMILIES.indexOf(family) + 1), key]);
}

class LevelDatabase implements Database {
  readonly prefixBytes = 1;
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>;

  constructor(level: ClassicLevel<Uint8Array, Uint8Array>) {
    this.#level = level;
  }

  getMany(family: Family, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#level.getMany(keys.map((key) => prefixed(family, key)));
  }

  rows(family: Family, { gte, lt, limit = -1, reverse = false }: KeyRange): Rows {
    return this.#level.iterator({ gte: prefixed(family, gte), lt: prefixed(family, lt), limit, reverse });
  }

  async write(batch: readonly KeyWrite[], sync: boolean): Promise<void> {
    const operations = batch.map((write): Operation => {
      const key = prefixed(write.family, write.key);
      return write.op === "put" ? { type: "put", key, value: write.value } : { type: "del", key };
    });
    // A sync needs something to carry it.
    if (sync) operations.push({ type: "put", ...MARK });
    await this.#level.batch(operations, { sync });
  }

  close(): Promise<void> {
    return this.#level.close();
  }
}

/** The LevelDB database in a directory. */
export function levelDatabase(directory: string): OpenDatabase {
  return async (createIfMissing) => {
    const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, BYTES);
    await level.open({ createIfMissing, writeBufferSize: WRITE_BUFFER_BYTES, cacheSize: CACHE_BYTES });
    return new LevelDatabase(level);
  };
}
