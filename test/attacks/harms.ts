import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Damages a node's directory, and returns a function that undoes it. */
type Harm = (data: string) => Promise<() => Promise<unknown>>;

const AUTHOR_KEY = "keys/default/key.json";

/** Overwrites a file, and returns a function that restores its bytes. */
async function overwrite(path: string, content: string | ((old: string) => string)): Promise<() => Promise<unknown>> {
  const old = await readFile(path);
  await writeFile(path, typeof content === "string" ? content : content(old.toString("utf8")));
  return () => writeFile(path, old);
}

/** A damage, the message with its cure, and the function that causes it; each ends a start with exit code 5. */
export const HARMS: readonly (readonly [string, RegExp, Harm])[] = [
  [
    "a newer format",
    /version 4, this program knows 3: update/,
    (data) => overwrite(join(data, "format.json"), (old) => old.replace('"version": 3', '"version": 4')),
  ],
  [
    "another program's format",
    /belongs to another program: choose another directory/,
    (data) => overwrite(join(data, "format.json"), '{"name":"other"}'),
  ],
  [
    "a damaged format",
    /damaged: restore it from a backup/,
    (data) => overwrite(join(data, "format.json"), (old) => old.slice(0, 30)),
  ],
  [
    "another chain's data",
    /chain that begins with .* choose another directory/,
    (data) => overwrite(join(data, "format.json"), (old) => old.replace(/("genesis": ")[0-9a-f]{8}/, "$100000000")),
  ],
  [
    "a database without its CURRENT file",
    /has no CURRENT file.*restore a backup, or move/,
    async (data) => {
      await rename(join(data, "db/CURRENT"), join(data, "current"));
      return () => rename(join(data, "current"), join(data, "db/CURRENT"));
    },
  ],
  [
    "a damaged database",
    /restore a backup, or move/,
    async (data) => {
      await cp(join(data, "db"), join(data, "db.good"), { recursive: true });
      for (const name of await readdir(join(data, "db"))) {
        if (name.startsWith("MANIFEST")) await writeFile(join(data, "db", name), "\0noise".repeat(100));
      }
      return async () => {
        await rm(join(data, "db"), { recursive: true });
        await rename(join(data, "db.good"), join(data, "db"));
      };
    },
  ],
  [
    "a key open to others",
    /open to other users of this machine: chmod 600/,
    async (data) => {
      await chmod(join(data, AUTHOR_KEY), 0o644);
      return () => chmod(join(data, AUTHOR_KEY), 0o600);
    },
  ],
  [
    "a damaged key",
    /key\.json is damaged: restore it from a backup/,
    (data) => overwrite(join(data, AUTHOR_KEY), (old) => old.slice(0, -20)),
  ],
  [
    "a key that is a directory",
    /can't be read/,
    async (data) => {
      await rename(join(data, AUTHOR_KEY), join(data, "moved"));
      await mkdir(join(data, AUTHOR_KEY), { mode: 0o700 });
      return async () => {
        await rm(join(data, AUTHOR_KEY), { recursive: true });
        await rename(join(data, "moved"), join(data, AUTHOR_KEY));
      };
    },
  ],
  ["a signing log of noise", /signing/i, (data) => overwrite(join(data, "keys/default/signing.log"), "noise")],
  [
    "an API token open to others",
    /chmod 600/,
    async (data) => {
      await chmod(join(data, "api.token"), 0o644);
      return () => chmod(join(data, "api.token"), 0o600);
    },
  ],
  ["a damaged libp2p key", /libp2p\.key/, (data) => overwrite(join(data, "libp2p.key"), "noise")],
];
