import { NetworkError } from "../protocol/errors.js";
import { openDatabaseStore } from "./database-store.js";
import { openLevelDatabase } from "./level-store.js";
import { loadRocks, openRocksDatabase } from "./rocks-store.js";
import { rootMessage } from "./storage-error.js";
import type { KeyStore } from "./types.js";

export type Engine = KeyStore["engine"];
export const ENGINES = ["rocksdb", "leveldb"] as const satisfies readonly Engine[];

/** Which database a new directory gets, and, when it is not the first choice, why. */
export interface EngineChoice {
  readonly engine: Engine;
  /** Why RocksDB could not be loaded. */
  readonly cause?: string;
}

/** RocksDB where its binary loads, else LevelDB, which has one for every platform. */
export async function chooseEngine(load: () => Promise<unknown> = loadRocks): Promise<EngineChoice> {
  try {
    await load();
    return { engine: "rocksdb" };
  } catch (cause) {
    return { engine: "leveldb", cause: rootMessage(cause) };
  }
}

/** Opens the database of a given engine. A directory stays with the engine it was made with. */
export async function openStore(
  engine: Engine,
  directory: string,
  options: { readonly createIfMissing: boolean },
): Promise<KeyStore> {
  if (engine === "leveldb") return openDatabaseStore(engine, directory, options, openLevelDatabase);
  const choice = await chooseEngine();
  if (choice.engine === "rocksdb") return openDatabaseStore(engine, directory, options, openRocksDatabase);
  throw new NetworkError(
    "storage_failed",
    `${directory} was made with RocksDB, which does not load here: ${choice.cause ?? "no reason given"}. ` +
      "Install the optional dependency @nxtedition/rocksdb, or start with another directory.",
  );
}
