import { join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import type { NetworkName } from "../../protocol/rules.js";
import { assertEngine, checkDatabaseFiles, chooseEngine, placeOfDatabase } from "../database/index.js";
import { checkFreeSpace, checkReplaceable, checkWritable, kindOf, showBytes } from "../files/index.js";
import { listKeys } from "../signing/index.js";
import { checkFormat, readFormat } from "./format-file.js";

/** A data directory, made or not. */
export interface Place {
  readonly path: string;
  /** The network that it must serve; undefined until the chain is asked. */
  readonly wanted: { readonly network: NetworkName; readonly genesis: string } | undefined;
}

/** One condition of a data directory before a node opens it. */
export interface DirectoryCondition {
  readonly name: string;
  /** Returns the finding, for a person. Rejects with the NetworkError of a start. Leaves no change behind. */
  readonly check: (place: Place) => Promise<string>;
}

async function keyDirectories(keysPath: string): Promise<readonly string[]> {
  return (await kindOf(keysPath)) === undefined ? [] : listKeys(keysPath);
}

/** Files that the program writes beside the database. Keys are checked when they are read. */
const WRITTEN = ["lock", "api.json"];
/** Files made at the first start. Whether an existing one can be read is another condition. */
const MADE_ONCE = ["libp2p.key", "api.token", "api-read.token", "chain.json"];

/** A new directory gets the engine that loads. */
async function checkEngine(path: string): Promise<string> {
  const format = await readFormat(join(path, "format.json"));
  if (format === undefined) return (await chooseEngine()).engine;
  await assertEngine(format.engine, join(path, "db"));
  return format.engine;
}

/**
 * The conditions that a start (`openDataDirectory`) checks and `doctor` shows: the same checks with the same messages.
 * The opening itself finds the remaining faults.
 */
export const DIRECTORY_CONDITIONS: readonly DirectoryCondition[] = [
  {
    name: "data directory",
    check: async ({ path }) => {
      for (const directory of [path, join(path, "keys"), join(path, "db")]) await checkWritable(directory);
      // A signing log is rewritten in its own directory.
      for (const name of await keyDirectories(join(path, "keys"))) await checkWritable(join(path, "keys", name));
      for (const name of WRITTEN) await checkReplaceable(join(path, name));
      for (const name of MADE_ONCE) await kindOf(join(path, name));
      return path;
    },
  },
  { name: "free space", check: async ({ path }) => `${showBytes(await checkFreeSpace(path))} free` },
  {
    name: "format",
    check: async ({ path, wanted }) => {
      const format = await readFormat(join(path, "format.json"));
      if (format === undefined) {
        if (await checkDatabaseFiles(await placeOfDatabase(join(path, "db")))) return "new";
        throw new NetworkError(
          "storage_foreign",
          `${path} holds a database without format.json: ` +
            "restore format.json from a backup, or choose another directory",
        );
      }
      if (wanted !== undefined) checkFormat(format, path, wanted);
      return `${format.network}, version ${format.version}, ${format.engine}`;
    },
  },
  {
    name: "database files",
    check: async ({ path }) => {
      const engine = await checkEngine(path);
      return (await checkDatabaseFiles(await placeOfDatabase(join(path, "db"))))
        ? `none yet (${engine})`
        : `all there (${engine})`;
    },
  },
];

/** Throws the error of the first condition that fails. */
export async function assertDirectoryConditions(place: Place): Promise<void> {
  for (const { check } of DIRECTORY_CONDITIONS) await check(place);
}
