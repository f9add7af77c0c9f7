import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ANY_API, ANY_P2P, bothSay, fileOf, HARMS, UsedDirectory } from "../support/start-and-doctor.js";

let used: UsedDirectory;
beforeAll(async () => {
  used = await UsedDirectory.make();
});
afterAll(() => used.remove());

/**
 * Every kind of file in a data directory, and the exit codes of a start after each harm, in the order of HARMS. 0: the
 * node starts anyway; undefined: it may or may not start.
 */
const FILES: Readonly<Record<string, readonly (number | undefined)[]>> = {
  "format.json": [5, 5, 5, 5, 5],
  "libp2p.key": [0, 5, 5, 5, 5],
  "api.token": [0, 5, 5, 5, 5],
  "db/CURRENT": [5, 5, 5, 5, 5],
  // A cut at the end of an entry looks like a crash, and the entries before it count. Any other cut is damage.
  "db/MANIFEST-*": [5, 5, undefined, 5, 5],
  "db/IDENTITY": [0, 0, 0, 0, 5],
  "db/OPTIONS-*": [0, 0, 0, 0, 0],
  "db/*.sst": [5, 5, 5, 5, 5],
  "db/*.log": [0, 0, 0, 0, 5],
  "keys/node/key.json": [5, 5, 5, 5, 5],
  "keys/default/key.json": [5, 5, 5, 5, 5],
  // A cut in the last entry loses only that entry, whose number was never used.
  "keys/default/signing.log": [0, 5, 0, 5, 5],
};

describe("a file of the data directory", { timeout: 60_000 }, () => {
  const cases = Object.entries(FILES).flatMap(([file, codes]) =>
    Object.keys(HARMS).map((harm, i) => [file, harm, codes[i]] as const),
  );
  test.each(cases)("doctor reports what start reports: %s, %s", async (file, harm, code) => {
    const { dirPath, data } = await used.copy();
    await HARMS[harm]?.(await fileOf(data, file));
    const { started } = await bothSay(["--dir-path", dirPath, ...ANY_P2P, ...ANY_API]);
    if (code !== undefined) expect({ code: started.code, err: started.err }).toMatchObject({ code });
  });
});
