import { copyFile, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { databaseRefusal } from "./database-files.js";
import { type Engine, openStore } from "./open-store.js";
import { startRefusal } from "./storage-error.js";
import type { KeyStore } from "./types.js";

/** Tables are never changed once they are written: a link to one is as good as a copy. */
const TABLE = /\.(sst|ldb|blob)$/;
/** What opening reads and may rewrite. */
const COPIED = /^(CURRENT|IDENTITY|MANIFEST-\d+|OPTIONS-\d+|\d+\.log)$/;

/** A database to look at, and how to leave it. */
export interface DatabaseView {
  readonly store: KeyStore;
  close(): Promise<void>;
}

/**
 * Opens a database without writing to its directory: neither database has a mode for that, so it is opened at a place in
 * the system's temporary directory, with links to its tables and copies of its other files. No node may have it open.
 * Errors are those of an ordinary opening, about the real directory.
 */
export async function openDatabaseView(engine: Engine, directory: string): Promise<DatabaseView> {
  const place = await mkdtemp(join(tmpdir(), "tos-ai-view-"));
  const remove = (): Promise<void> => rm(place, { recursive: true, force: true });
  try {
    const from = resolve(directory);
    for (const entry of await readdir(from, { withFileTypes: true })) {
      const { name } = entry;
      if (entry.isDirectory()) continue;
      if (TABLE.test(name)) await symlink(join(from, name), join(place, name));
      else if (COPIED.test(name)) await copyFile(join(from, name), join(place, name));
    }
    const store = await openStore(engine, place, { createIfMissing: false });
    return {
      store,
      close: async () => {
        try {
          await store.close();
        } finally {
          await remove();
        }
      },
    };
  } catch (cause) {
    await remove();
    const error = renamed(startRefusal(`the database in ${directory} could not be opened`, cause), place, directory);
    throw databaseRefusal(directory, error);
  }
}

/** The same error about the directory that was meant. */
function renamed<E extends Error>(error: E, place: string, directory: string): E {
  error.message = error.message.replaceAll(place, directory);
  return error;
}
