import type { ClassicLevel } from "classic-level";
import { DamagedValue, type Found, isDamage } from "../damage.js";
import type { Family } from "../families.js";
import { rootMessage } from "../storage-error.js";
import type { KeyRange, KeyWrite } from "../types.js";
import type { Database, OpenDatabase } from "./database.js";
import { MARK, prefixed, withoutPrefix } from "./one-family.js";
import type { Rows } from "./range-reader.js";

const MIB = 1024 * 1024;
/** Two write buffers fit into the 32 MiB of free space that a start asks for. */
const WRITE_BUFFER_BYTES = 8 * MIB;
/**
 * Close to the 20 MiB of rocks-store.ts. The program shares its machine with a daemon.
 */
const CACHE_BYTES = 16 * MIB;

const BYTES = { keyEncoding: "view", valueEncoding: "view" } as const;

type Operation =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: Uint8Array };

class LevelDatabase implements Database {
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>;

  constructor(level: ClassicLevel<Uint8Array, Uint8Array>) {
    this.#level = level;
  }

  async getMany(family: Family, keys: readonly Uint8Array[]): Promise<Found[]> {
    const stored = keys.map((key) => prefixed(family, key));
    try {
      return await this.#level.getMany(stored);
    } catch (cause) {
      if (!isDamage(cause)) throw cause;
      // One of the values can't be read: read each value separately.
      return Promise.all(stored.map((key) => this.#get(key)));
    }
  }

  rows(family: Family, { gte, lt, limit = -1, reverse = false }: KeyRange): Rows {
    const bounds = { gte: prefixed(family, gte), lt: prefixed(family, lt) };
    return withoutPrefix(this.#level.iterator({ ...bounds, limit, reverse }));
  }

  async #get(key: Uint8Array): Promise<Found> {
    try {
      return await this.#level.get(key);
    } catch (cause) {
      if (isDamage(cause)) return new DamagedValue(rootMessage(cause));
      throw cause;
    }
  }

  async write(batch: readonly KeyWrite[], sync: boolean): Promise<void> {
    const operations = batch.map((write): Operation => {
      const key = prefixed(write.family, write.key);
      return write.op === "put" ? { type: "put", key, value: write.value } : { type: "del", key };
    });
    // A sync needs at least one operation.
    if (sync) operations.push({ type: "put", ...MARK });
    await this.#level.batch(operations, { sync });
  }

  close(): Promise<void> {
    return this.#level.close();
  }
}

/** Loads the binding. Rejects if no binary can be loaded. */
export async function loadLevel(): Promise<void> {
  await import("classic-level");
}

export const openLevelDatabase: OpenDatabase = async (directory, createIfMissing) => {
  const { ClassicLevel } = await import("classic-level");
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, BYTES);
  await level.open({ createIfMissing, writeBufferSize: WRITE_BUFFER_BYTES, cacheSize: CACHE_BYTES });
  return new LevelDatabase(level);
};

/** Rebuilds a closed LevelDB database from the tables and logs in its directory. */
export async function repairLevel(directory: string): Promise<void> {
  const { ClassicLevel } = await import("classic-level");
  await ClassicLevel.repair(directory);
}
