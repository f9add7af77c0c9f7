import { join } from "node:path";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { NETWORKS, networkLabel } from "../../protocol/rules.js";
import {
  checkDatabaseFiles,
  chooseEngine,
  databaseRefusal,
  type Engine,
  type EngineChoice,
  openDatabaseView,
  openStore,
  placeOfDatabase,
  repairFiles,
  resumeRebuild,
  sweepRebuild,
  upgradeDatabase,
} from "../database/index.js";
import {
  describeHolder,
  isHeld,
  type LockHolder,
  makeDirectory,
  readHolder,
  removeHolder,
  writeHolder,
} from "../files/index.js";
import { sweepUnfinishedKeys } from "../signing/index.js";
import { startRefusal } from "../storage-error.js";
import type { KeyStore } from "../types.js";
import { assertDirectoryConditions, type Place } from "./directory-conditions.js";
import { directoryUse } from "./directory-lock.js";
import {
  COPIED_VERSION,
  checkFormat,
  createFormat,
  type DirectoryFormat,
  FORMAT_NAME,
  FORMAT_VERSION,
  raiseFormat,
  readFormat,
} from "./format-file.js";

export interface DataDirectoryOptions {
  /** Base directory, with or without a trailing slash. */
  readonly dir: string;
  /** Chain id, 0 to 3. */
  readonly network: number;
  /** 32 bytes. */
  readonly genesis: Uint8Array;
  readonly nowMs: number;
  /** Engine of a new directory; default: RocksDB if it loads. An existing directory keeps its engine. */
  readonly engine?: Engine;
}

/**
 * One node's directory, `{dir}ai/{mainnet|testnet|stagenet|dev}/`: `format.json` names its network and version, `lock`
 * the process that has it open; `db/` is the database, `keys/` has keys and signing logs.
 */
export interface DataDirectory {
  readonly path: string;
  readonly keysPath: string;
  readonly format: DirectoryFormat;
  readonly store: KeyStore;
  /** Nothing in the directory is written. */
  readonly readOnly: boolean;
  /** Lost data: damage found in the database's files before the opening. */
  readonly damage: readonly string[];
  /** The opening has brought the database from the previous version to the current one. */
  readonly upgraded?: boolean;
  /** Why the database is not RocksDB; undefined if it is, or if another engine was chosen. */
  readonly fallbackCause?: string;
  /** Also closes the database. */
  close(): Promise<void>;
}

/** The directory of a network under a base directory. */
export function dataPath(dir: string, network: number): string {
  return join(dir, "ai", networkLabel(network));
}

interface Established {
  readonly format: DirectoryFormat;
  readonly cause: string | undefined;
}

type Wanted = NonNullable<Place["wanted"]>;

function wantedBy({ network: id, genesis }: DataDirectoryOptions): Wanted {
  const network = NETWORKS[id];
  if (network === undefined) throw new NetworkError("bad_parameters", "the chain id is 0 to 3");
  return { network, genesis: toHex(genesis) };
}

async function establishFormat(path: string, options: DataDirectoryOptions, wanted: Wanted): Promise<Established> {
  const file = join(path, "format.json");
  const choice: EngineChoice = options.engine === undefined ? await chooseEngine() : { engine: options.engine };
  let format = await readFormat(file);
  if (format === undefined) {
    const created = new Date(options.nowMs).toISOString();
    const { engine } = choice;
    await createFormat(file, { format: FORMAT_NAME, version: FORMAT_VERSION, ...wanted, engine, created });
    format = await readFormat(file);
  }
  if (format === undefined) throw new NetworkError("storage_failed", `${file} was removed while it was being read`);
  checkFormat(format, path, wanted);
  return { format, cause: format.engine === "leveldb" ? choice.cause : undefined };
}

async function openDatabase(
  path: string,
  format: DirectoryFormat,
): Promise<Pick<DataDirectory, "store" | "format" | "damage" | "upgraded">> {
  const database = join(path, "db");
  try {
    const isFree = (await directoryUse(path)).kind === "free";
    const damage = isFree ? await repairFiles(format.engine, database) : [];
    if (isFree && format.version === COPIED_VERSION && !(await checkDatabaseFiles(database))) {
      damage.push(...(await upgradeDatabase(format.engine, database)));
    }
    const store = await openStore(format.engine, database, { createIfMissing: await checkDatabaseFiles(database) });
    await sweepRebuild(database);
    if (format.version === FORMAT_VERSION) return { store, format, damage };
    const raised = await raiseFormat(join(path, "format.json"), format);
    return { store, format: raised, upgraded: true, damage };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.code === "storage_locked") {
      throw inUse(path, await readHolder(join(path, "lock")), error);
    }
    throw databaseRefusal(database, error);
  }
}

/**
 * Opens a directory that no process has open, and writes nothing to it: its file system may be mounted read-only.
 * Errors are those of {@link openDataDirectory}; `not_found` if there is no directory.
 */
export async function openReadOnlyDirectory(options: DataDirectoryOptions): Promise<DataDirectory> {
  const path = dataPath(options.dir, options.network);
  const database = await placeOfDatabase(join(path, "db"));
  try {
    const format = await readFormat(join(path, "format.json"));
    if (format === undefined) throw new NetworkError("not_found", `there is no database in ${path}`);
    checkFormat(format, path, wantedBy(options));
    if (format.version !== FORMAT_VERSION) {
      const text = `${path} has version ${format.version} and must be read by version ${FORMAT_VERSION}: start the node once, which upgrades it`;
      throw new NetworkError("storage_foreign", text);
    }
    const use = await directoryUse(path);
    if (use.kind === "held") throw inUse(path, use.holder);
    if (await checkDatabaseFiles(database, { readOnly: true }))
      throw new NetworkError("not_found", `there is no database in ${path}`);
    const view = await openDatabaseView(format.engine, database);
    return { path, keysPath: join(path, "keys"), format, readOnly: true, ...view };
  } catch (cause) {
    throw databaseRefusal(database, startRefusal(`the data directory ${path} could not be read`, cause));
  }
}

/** The error for a directory that another process has open. */
export function inUse(path: string, holder: LockHolder | undefined, cause?: unknown): NetworkError {
  const text = `${path} is in use by ${describeHolder(holder)}: stop it, or choose another directory`;
  return new NetworkError("storage_locked", text, cause === undefined ? {} : { cause });
}

/**
 * Completes an exchange of databases that a crash interrupted. Without a database under its own name, an opening would
 * make an empty one and remove the two others. So the opening is refused while the process of the lock file may be in
 * the exchange.
 */
async function resumeExchange(path: string): Promise<void> {
  const database = join(path, "db");
  const holder = await readHolder(join(path, "lock"));
  // This process has not written the lock file yet. If the file has its pid, the file is of an ended process: pids
  // repeat in a container.
  const isOpenHere = await isHeld(database);
  if (!isOpenHere && (holder === undefined || holder.pid === process.pid)) await resumeRebuild(database);
  else if ((await placeOfDatabase(database)) !== database) throw inUse(path, holder);
}

/**
 * Opens or makes the directory. `storage_locked` names the process that has it open. `storage_foreign`, `storage_newer`
 * and `storage_corrupt` name the fault and the cure.
 */
export async function openDataDirectory(options: DataDirectoryOptions): Promise<DataDirectory> {
  const path = dataPath(options.dir, options.network);
  const keysPath = join(path, "keys");
  const lockPath = join(path, "lock");
  const wanted = wantedBy(options);
  try {
    await assertDirectoryConditions({ path, wanted });
    await makeDirectory(keysPath);
    await resumeExchange(path);
    const { format: found, cause: fallbackCause } = await establishFormat(path, options, wanted);
    const opened = await openDatabase(path, found);
    const { store } = opened;
    try {
      await writeHolder(lockPath, { pid: process.pid, started: new Date(options.nowMs).toISOString() });
      await sweepUnfinishedKeys(keysPath, options.nowMs);
    } catch (cause) {
      await store.close();
      throw cause;
    }
    const close = async (): Promise<void> => {
      // The file is removed before the lock is released. Later it could be the file of the next holder.
      await removeHolder(lockPath).finally(() => store.close());
    };
    return {
      path,
      keysPath,
      ...opened,
      readOnly: false,
      close,
      ...(fallbackCause === undefined ? {} : { fallbackCause }),
    };
  } catch (cause) {
    throw startRefusal(`the data directory ${path} could not be opened`, cause);
  }
}
