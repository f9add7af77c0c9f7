import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { errnoCure, errnoOf } from "../errno.js";
import { checkReplaceable } from "../files/index.js";
import { hasCode, startRefusal } from "../storage-error.js";
import { isSetAside } from "./level-tables.js";

/** The cure of a database that can't be used; keys and signing logs are not in it. */
export function databaseCure(database: string): string {
  return `restore a backup, or move ${database} away and sync anew; keys are beside it and stay`;
}

/** Cures that refusals of files beside the database end with. */
const OWN_CURE = /: (move it away|set TMPDIR [^:]*)$/;

/** What can't be opened or read of the database, with what to do about it; other errors stay as they are. */
export function databaseRefusal(database: string, error: unknown): unknown {
  if (!(error instanceof NetworkError) || error.kind !== "storage") return error;
  const cure = error.code === "storage_corrupt" ? databaseCure(database) : errnoCure(errnoOf(error));
  if (cure === undefined || error.message.endsWith(cure) || OWN_CURE.test(error.message)) return error;
  return new NetworkError(error.code, `${error.message}: ${cure}`, { cause: error });
}

/** Files that a start reads or replaces; in the place of one a directory stops it. */
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
 * Looks at a database before it is opened; true: there is none yet, and it may be made. A directory that lost its CURRENT file
 * must not be opened: RocksDB would take it for an empty one, and clear it. `storage_corrupt` names the file that is missing
 * or damaged; without `readOnly` also a file that a start could not replace is refused.
 */
export async function checkDatabaseFiles(database: string, { readOnly = false } = {}): Promise<boolean> {
  const check = readOnly ? () => Promise.resolve() : checkReplaceable;
  const corrupt = (what: string): NetworkError =>
    new NetworkError("storage_corrupt", `${what}: ${databaseCure(database)}`);
  const names = await namesIn(database);
  // A repair of LevelDB that was interrupted may have moved the manifest away; it is done again before the opening.
  if (names.some(isSetAside)) return false;
  if (!names.includes("CURRENT")) {
    if (!names.some((name) => /^MANIFEST-|\.(sst|ldb|log)$/.test(name))) return true;
    throw corrupt(`the database in ${database} has lost its CURRENT file`);
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
