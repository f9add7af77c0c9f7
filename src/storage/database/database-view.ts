import { constants } from "node:fs";
import { copyFile, readdir, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { startRefusal } from "../storage-error.js";
import type { KeyStore } from "../types.js";
import { databaseRefusal } from "./database-files.js";
import { type Engine, openStore } from "./open-store.js";
import { repairFiles } from "./repair-files.js";
import { makeViewDirectory } from "./view-directory.js";

/** Written tables never change, so the view links to them. */
const TABLE = /\.(sst|ldb|blob)$/;
/** Files that a read does not need. LOCK must not be opened. */
const LEFT_OUT = /^(LOCK|LOG|LOG\.old.*|room|room\.tmp)$/;

/** A database that is read without a change to its files. */
export interface DatabaseView {
  readonly store: KeyStore;
  /** Damage found in its files. */
  readonly damage: readonly string[];
  /** `storage_locked` if the database was changed meanwhile: the values read are then meaningless. */
  close(): Promise<void>;
}

/** Names, sizes and times of the files in a directory. */
async function listing(directory: string): Promise<string> {
  const names = (await readdir(directory)).sort();
  const lines = names.map(async (name) => {
    const { size, mtimeMs, ino } = await stat(join(directory, name));
    return `${name} ${size} ${mtimeMs} ${ino}`;
  });
  return (await Promise.all(lines)).join("\n");
}

async function makeView(directory: string, view: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const { name } = entry;
    if (LEFT_OUT.test(name) || !(entry.isFile() || entry.isSymbolicLink())) continue;
    const from = join(directory, name);
    if (TABLE.test(name)) await symlink(resolve(from), join(view, name));
    else await copyFile(from, join(view, name), constants.COPYFILE_FICLONE);
  }
}

/** The store, with the real paths in its messages. */
function reported(store: KeyStore, words: (text: string) => string): KeyStore {
  return {
    engine: store.engine,
    onDamage: (listener) => store.onDamage((damage) => listener({ ...damage, reason: words(damage.reason) })),
    get: (family, key) => store.get(family, key),
    getMany: (family, keys) => store.getMany(family, keys),
    entries: (family, range) => store.entries(family, range),
    write: () => Promise.reject(new NetworkError("storage_failed", "the database is open for reading only")),
    repair: () => Promise.reject(new NetworkError("storage_failed", "the database is open for reading only")),
    close: () => store.close(),
  };
}

/**
 * Opens a database for reading only. Neither binding has such a mode: both replay the log into new tables, write a new
 * manifest and remove old files. So they open a temporary directory with links to the tables and copies of the other
 * files, mostly the log: usually 20 MB, at most 48. The temporary directory of the system needs that space twice, for
 * the copies and for the replay; otherwise `storage_full`. The next call removes the leftovers of a killed process.
 */
export async function openDatabaseView(engine: Engine, directory: string): Promise<DatabaseView> {
  const before = await listing(directory);
  const view = await makeViewDirectory();
  const words = (text: string): string => text.replaceAll(view, directory);
  const remove = (): Promise<void> => rm(view, { recursive: true, force: true });
  try {
    await makeView(directory, view);
    const damage = (await repairFiles(engine, view)).map(words);
    const store = reported(await openStore(engine, view, { createIfMissing: false }), words);
    const close = async (): Promise<void> => {
      try {
        await store.close();
      } finally {
        await remove();
      }
      if ((await listing(directory)) === before) return;
      throw new NetworkError(
        "storage_locked",
        `${directory} was changed while it was read: stop the node that runs on it`,
      );
    };
    return { store, damage, close };
  } catch (cause) {
    await remove();
    const error = startRefusal(`${directory} could not be copied to ${tmpdir()}`, cause);
    throw databaseRefusal(directory, new NetworkError(error.code, words(error.message), { cause: error }));
  }
}
