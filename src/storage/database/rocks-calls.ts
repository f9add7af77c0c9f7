import type { RocksColumn, RocksLevel } from "@nxtedition/rocksdb";
import { NetworkError } from "../../protocol/errors.js";
import { DamagedValue, type Found, isDamage } from "../damage.js";
import { rootMessage } from "../storage-error.js";

export const BYTES = { keyEncoding: "buffer", valueEncoding: "buffer" } as const;

/** The binding's synchronous calls do not check it, and a call into a closed database ends the process. */
export function assertOpen(level: RocksLevel): void {
  if (level.status !== "open") throw new Error("Database is not open");
}

export function columnOf(level: RocksLevel, name: string): RocksColumn {
  const found = level.columns[name];
  if (found === undefined) throw new NetworkError("storage_corrupt", `column family ${name} is missing`);
  return found;
}

/**
 * Point reads on the calling thread. The binding's asynchronous read never calls back for a damaged value, and its
 * error ends the process.
 */
export function readMany(level: RocksLevel, column: RocksColumn, keys: readonly Uint8Array[]): Found[] {
  assertOpen(level);
  const options = { column, ...BYTES };
  let found: readonly (Uint8Array | null | undefined)[];
  try {
    found = level._getManySync(keys, options);
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    // One of the values can't be read: read each value separately.
    return keys.map((key) => {
      try {
        return answered(level._getManySync([key], options)[0]);
      } catch (error) {
        if (isDamage(error)) return new DamagedValue(rootMessage(error));
        throw error;
      }
    });
  }
  return found.map(answered);
}

function answered(read: Uint8Array | null | undefined): Uint8Array | undefined {
  if (read === null) throw new Error("the read was aborted");
  return read;
}
