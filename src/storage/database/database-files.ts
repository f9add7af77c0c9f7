import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { errnoCure, errnoOf } from "../errno.js";
import { checkReplaceable } from "../files/index.js";
import { hasCode, startRefusal } from "../storage-error.js";
import { isSetAside } from "./level-tables.js";

/** The cure of an unusable database. Keys and signing logs are in other directories, so they are not lost. */
export function databaseCure(database: string): string {
  return `restore a backup, or move ${database} away and sync again; the keys are outside of it and stay`;
}

/** The cures at the end of refusals of files beside the database. */
const OWN_CURE = /: (move it away|set TMPDIR [^:]*)$/;

/** Adds the cure to an error of the database; other errors stay as they are. */
export function databaseRefusal(database: string, error: unknown): unknown {
  if (!(error instanceof NetworkError) || error.kind !== "storage") return error;
  const cure = error.code === "storage_corrupt" ? databaseCure(database) : errnoCure(errnoOf(error));
  if (cure === undefined || error.message.endsWith(cure) || OWN_CURE.test(error.message)) return error;
  return new NetworkError(error.code, `${error.message}: ${cure}`, { cause: error });
}

/** Files that a start reads or replaces. A directory with such a name is refused. */
const FILES = /^(CURRENT|IDENTITY|LOCK|MANIFEST-\d+)$|\.(sst|ldb|log)$/;

async function namesIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const wrong = entries.find((entry) => FILES.test(entry.name) && entry.isDirectory());
    if (wrong === undefined) return entries.map(({ name }) => name);
    throw new NetworkError("storage_failed", `${join(path, wrong.name)} is a directory, not a file: move it away`);
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return [];
    throw startRefusal(`${path} can't be listed`, cause);
  }
}

/**
 * Checks the files of a database before it is opened. True: there is no database yet, and it may be made. A directory
 * without its CURRENT file must not be opened: RocksDB would treat it as empty and clear it. `storage_corrupt` names
 * the missing or damaged file. Without `readOnly` a file that a start could not replace is also refused.
 */
export async function checkDatabaseFiles(database: string, { readOnly = false } = {}): Promise<boolean> {
  const check = readOnly ? () => Promise.resolve() : checkReplaceable;
  const corrupt = (what: string): NetworkError =>
    new NetworkError("storage_corrupt", `${what}: ${databaseCure(database)}`);
  const names = await namesIn(database);
  // An interrupted repair of LevelDB may have moved the manifest away. The repair is repeated before the opening.
  if (names.some(isSetAside)) return false;
  if (!names.includes("CURRENT")) {
    if (!names.some((name) => /^MANIFEST-|\.(sst|ldb|log)$/.test(name))) return true;
    throw corrupt(`the database in ${database} has no CURRENT file`);
  }
  const current = join(database, "CURRENT");
  await check(current);
  const text = await readFile(current, "utf8").catch((cause: unknown) => {
    throw startRefusal(`${current} can't be read`, cause);
  });
  const manifest = /^(MANIFEST-\d+)\n$/.exec(text)?.[1];
  if (manifest === undefined) throw corrupt(`${current} is damaged`);
  if (!names.includes(manifest)) throw corrupt(`the database in ${database} has lost its file ${manifest}`);
  await check(join(database, manifest));
  await check(join(database, "LOCK"));
  return false;
}
