import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { toHex } from "../protocol/bytes.js";
import { NetworkError } from "../protocol/errors.js";
import { NETWORKS, networkLabel } from "../protocol/rules.js";
import {
  checkFormat,
  createFormat,
  type DirectoryFormat,
  FORMAT_NAME,
  FORMAT_VERSION,
  readFormat,
} from "./format-file.js";
import { sweepUnfinishedKeys } from "./key-file.js";
import { describeHolder, readHolder, removeHolder, writeHolder } from "./lock-file.js";
import { makeDirectory } from "./make-directory.js";
import { chooseEngine, type Engine, type EngineChoice, openStore } from "./open-store.js";
import { resumeRebuild, sweepRebuild } from "./rebuild.js";
import { hasCode, storageError } from "./storage-error.js";
import type { KeyStore } from "./types.js";

export interface DataDirectoryOptions {
  /** Base directory, with or without a trailing slash. */
  readonly dir: string;
  /** Chain id, 0 to 3. */
  readonly network: number;
  /** 32 bytes. */
  readonly genesis: Uint8Array;
  readonly nowMs: number;
  /** Of a new directory; default: RocksDB where it loads. A directory that exists keeps its own. */
  readonly engine?: Engine;
}

/**
 * One node's place on disk, `{dir}ai/{mainnet|testnet|stagenet|dev}/`:
 * `format.json` what it is, `lock` who has it open, `db/` the database, `keys/` keys and signing logs.
 */
export interface DataDirectory {
  readonly path: string;
  readonly keysPath: string;
  readonly format: DirectoryFormat;
  readonly store: KeyStore;
  /** Why the database is not RocksDB; undefined when it is, or when that was chosen. */
  readonly fallbackCause?: string;
  /** Closes the database, too. */
  close(): Promise<void>;
}

/** Where the data of a network is under a base directory. */
export function dataPath(dir: string, network: number): string {
  return join(dir, "ai", networkLabel(network));
}

/** The names in a directory; none when it does not exist. */
async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return [];
    throw cause;
  }
}

/**
 * May the database be made anew? Not where tables or logs lie about: RocksDB would take a directory that lost its CURRENT
 * file for an empty one, and clear it.
 */
async function isNewDatabase(path: string): Promise<boolean> {
  const names = await namesIn(path);
  if (names.includes("CURRENT")) return false;
  if (!names.some((name) => /\.(sst|ldb|log)$/.test(name))) return true;
  throw new NetworkError("storage_corrupt", `the database in ${path} has lost its CURRENT file`);
}

interface Established {
  readonly format: DirectoryFormat;
  readonly cause: string | undefined;
}

async function establishFormat(path: string, options: DataDirectoryOptions): Promise<Established> {
  const network = NETWORKS[options.network];
  if (network === undefined) throw new NetworkError("bad_parameters", "the chain id is 0 to 3");
  const file = join(path, "format.json");
  const wanted = { network, genesis: toHex(options.genesis) };
  const choice: EngineChoice = options.engine === undefined ? await chooseEngine() : { engine: options.engine };
  let format = await readFormat(file);
  if (format === undefined) {
    if ((await namesIn(join(path, "db"))).includes("CURRENT")) {
      throw new NetworkError(
        "storage_foreign",
        `${path} holds a database without format.json: choose another directory`,
      );
    }
    const created = new Date(options.nowMs).toISOString();
    const { engine } = choice;
    await createFormat(file, { format: FORMAT_NAME, version: FORMAT_VERSION, ...wanted, engine, created });
    format = await readFormat(file);
  }
  if (format === undefined) throw new NetworkError("storage_failed", `${file} was removed while it was being read`);
  checkFormat(format, path, wanted);
  return { format, cause: format.engine === "leveldb" ? choice.cause : undefined };
}

async function openDatabase(path: string, format: DirectoryFormat): Promise<KeyStore> {
  const database = join(path, "db");
  try {
    const store = await openStore(format.engine, database, { createIfMissing: await isNewDatabase(database) });
    await sweepRebuild(database);
    return store;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.code === "storage_locked") {
      const holder = describeHolder(await readHolder(join(path, "lock")));
      throw new NetworkError("storage_locked", `${path} is in use by ${holder}: stop it, or choose another directory`, {
        cause: error,
      });
    }
    if (error.code !== "storage_corrupt") throw error;
    throw new NetworkError(
      "storage_corrupt",
      `${error.message}. Restore a backup, or move ${database} away and sync anew; keys are beside it and stay`,
      { cause: error },
    );
  }
}

/**
 * Opens or makes the directory. `storage_locked` names who has it open; `storage_foreign`, `storage_newer` and
 * `storage_corrupt` say what is wrong with it and what to do.
 */
export async function openDataDirectory(options: DataDirectoryOptions): Promise<DataDirectory> {
  const path = dataPath(options.dir, options.network);
  const keysPath = join(path, "keys");
  const lockPath = join(path, "lock");
  try {
    await makeDirectory(keysPath);
    if ((await readHolder(lockPath)) === undefined) await resumeRebuild(join(path, "db"));
    const { format, cause: fallbackCause } = await establishFormat(path, options);
    const store = await openDatabase(path, format);
    try {
      await writeHolder(lockPath, { pid: process.pid, started: new Date(options.nowMs).toISOString() });
      await sweepUnfinishedKeys(keysPath, options.nowMs);
    } catch (cause) {
      await store.close();
      throw cause;
    }
    const close = async (): Promise<void> => {
      // First the name, then the lock: the next holder's file must not be removed.
      await removeHolder(lockPath).finally(() => store.close());
    };
    return { path, keysPath, format, store, close, ...(fallbackCause === undefined ? {} : { fallbackCause }) };
  } catch (cause) {
    throw storageError(`the data directory ${path} could not be opened`, cause);
  }
}
