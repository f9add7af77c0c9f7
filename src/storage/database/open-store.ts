import { NetworkError } from "../../protocol/errors.js";
import { hasCode, rootMessage } from "../storage-error.js";
import type { KeyStore } from "../types.js";
import { openDatabaseStore } from "./database-store.js";
import { loadLevel, openLevelDatabase } from "./level-store.js";
import { loadRocks, openRocksDatabase } from "./rocks-store.js";

export type Engine = KeyStore["engine"];
export const ENGINES = ["rocksdb", "leveldb"] as const satisfies readonly Engine[];

/** The database of a new directory and, if it is not RocksDB, the reason. */
export interface EngineChoice {
  readonly engine: Engine;
  /** Why RocksDB could not be loaded. */
  readonly cause?: string;
}

const INSTALL = "run npm install, which brings the optional dependency @nxtedition/rocksdb";

/** The reason that a binding does not load, in one line. */
function why(cause: unknown): string {
  return rootMessage(cause).split("\n")[0] ?? "";
}

function engineCure(cause: unknown): string {
  return hasCode(cause, "ERR_DLOPEN_DISABLED") ? "start node without --no-addons" : INSTALL;
}

async function failureOf(load: () => Promise<unknown>): Promise<{ readonly cause: unknown } | undefined> {
  try {
    await load();
    return undefined;
  } catch (cause) {
    return { cause };
  }
}

/** RocksDB if its binary loads, else LevelDB, which has one for every platform; `engine_missing` if neither loads. */
export async function chooseEngine(
  loadFirst: () => Promise<unknown> = loadRocks,
  loadOther: () => Promise<unknown> = loadLevel,
): Promise<EngineChoice> {
  const first = await failureOf(loadFirst);
  if (first === undefined) return { engine: "rocksdb" };
  const other = await failureOf(loadOther);
  if (other === undefined) return { engine: "leveldb", cause: why(first.cause) };
  throw new NetworkError(
    "engine_missing",
    `no database loads here (RocksDB: ${why(first.cause)}; LevelDB: ${why(other.cause)}): ${engineCure(first.cause)}`,
    { cause: first.cause },
  );
}

/** `engine_missing` if the engine of an existing directory does not load. */
export async function assertEngine(engine: Engine, directory: string): Promise<void> {
  const failure = await failureOf(engine === "rocksdb" ? loadRocks : loadLevel);
  if (failure === undefined) return;
  const name = engine === "rocksdb" ? "RocksDB" : "LevelDB";
  throw new NetworkError(
    "engine_missing",
    `${directory} was made with ${name}, which does not load here (${why(failure.cause)}): ` +
      `${engineCure(failure.cause)}, or choose another directory`,
    failure,
  );
}

/** Opens the database of a given engine. A directory keeps the engine that it was made with. */
export async function openStore(
  engine: Engine,
  directory: string,
  options: { readonly createIfMissing: boolean },
): Promise<KeyStore> {
  await assertEngine(engine, directory);
  return openDatabaseStore(engine, directory, options, engine === "leveldb" ? openLevelDatabase : openRocksDatabase);
}
