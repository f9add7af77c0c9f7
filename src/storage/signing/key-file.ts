import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { fromHex, toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { NETWORKS, type NetworkName } from "../../protocol/rules.js";
import { createPrivateFile, makeDirectory, readPrivateFile, syncDirectory } from "../files/index.js";
import { hasCode, startRefusal } from "../storage-error.js";
import { newLog } from "./signing-log.js";

/** Cap of the keys of one node: each author key has a signing store in memory. */
export const MAX_KEYS = 256;
/** Age from which an unfinished key directory is the leftover of a crash; a younger one may still be written. */
const UNFINISHED_AGE_MS = 600_000;
const UNFINISHED_PREFIX = ".new-";
const KEY_VERSION = 1;
const KEY_FILE = "key.json";
const ID_BYTES = 16;

const hex = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const about = {
  version: z.literal(KEY_VERSION),
  id: hex(ID_BYTES),
  network: z.enum(NETWORKS),
  public: hex(32),
  created_seconds: z.int().nonnegative(),
};
const ownShape = z.strictObject({ ...about, kind: z.enum(["author", "node"]), private: hex(32) });
/** An author key of a host has its signing log here, but no private key. */
const keptShape = z.strictObject({ ...about, kind: z.literal("author"), kept: z.literal("host") });
const shape = z.union([ownShape, keptShape]);

/** An `author` key signs records and has a signing log. A `node` key identifies a node and signs hellos. */
export type KeyKind = z.infer<typeof ownShape>["kind"];

/** A key on disk. */
export interface StoredKey {
  readonly name: string;
  /** Its directory: key.json and, for an author, signing.log. */
  readonly directory: string;
  readonly kind: KeyKind;
  /** 16 random bytes as hex that the key shares with its signing log. */
  readonly id: string;
  readonly network: NetworkName;
  /** Scalar, 32 bytes; undefined if the program that hosts this one holds it and signs. */
  readonly privateKey: Uint8Array | undefined;
  /** TOS public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly createdSeconds: number;
}

export interface NewKey {
  readonly kind: KeyKind;
  readonly network: NetworkName;
  /** Undefined for an author key of a host. */
  readonly privateKey: Uint8Array | undefined;
  readonly publicKey: Uint8Array;
  readonly nowSeconds: number;
  /**
   * First UTC day on which the key may sign: 0 for a new key. For an imported key it is {@link importDay}, because its
   * earlier signatures are unknown here.
   */
  readonly firstDay: number;
}

/** The first day on which an imported key may sign: its old store may have signed up to `aheadSeconds` ahead. */
export function importDay(nowSeconds: number, aheadSeconds: number): number {
  return Math.floor((nowSeconds + aheadSeconds) / 86_400) + 1;
}

function keyPath(keysPath: string, name: string): string {
  if (/^[a-z0-9-]{1,32}$/.test(name)) return join(keysPath, name);
  throw new NetworkError("bad_parameters", "a key's name is 1 to 32 characters of a-z, 0-9 and -");
}

/**
 * Makes a key's directory with key, signing log and vote log atomically. `bad_parameters` for a bad or taken name, and
 * if there are {@link MAX_KEYS} already.
 */
export async function createKey(keysPath: string, name: string, key: NewKey): Promise<StoredKey> {
  const id = randomBytes(ID_BYTES).toString("hex");
  const content = {
    version: KEY_VERSION,
    kind: key.kind,
    id,
    network: key.network,
    ...(key.privateKey === undefined ? { kept: "host" } : { private: toHex(key.privateKey) }),
    public: toHex(key.publicKey),
    created_seconds: key.nowSeconds,
  };
  if (!shape.safeParse(content).success) {
    throw new NetworkError("bad_parameters", "a key is two times 32 bytes; a host keeps author keys only");
  }
  const text = `${JSON.stringify(content, undefined, 2)}\n`;
  const files: [string, Uint8Array][] = [[KEY_FILE, new TextEncoder().encode(text)]];
  if (key.kind === "author") {
    const log = newLog({ id, firstDay: key.firstDay, floorDay: 0 });
    files.push(["signing.log", log], ["votes.log", log]);
  }
  await placeKey(keysPath, name, files);
  return readKey(keysPath, name);
}

/** Makes a key's directory with its files atomically. */
async function placeKey(
  keysPath: string,
  name: string,
  files: readonly (readonly [string, Uint8Array])[],
): Promise<void> {
  const directory = keyPath(keysPath, name);
  try {
    await makeDirectory(keysPath);
    if ((await listKeys(keysPath)).length >= MAX_KEYS) {
      throw new NetworkError("bad_parameters", `a node holds at most ${MAX_KEYS} keys`);
    }
    const temporary = await mkdtemp(join(keysPath, UNFINISHED_PREFIX));
    try {
      for (const [file, bytes] of files) await createPrivateFile(join(temporary, file), bytes);
      await syncDirectory(temporary);
      await rename(temporary, directory);
    } catch (cause) {
      await rm(temporary, { recursive: true, force: true });
      throw cause;
    }
    await syncDirectory(keysPath);
  } catch (cause) {
    if (hasCode(cause, "ENOTEMPTY") || hasCode(cause, "EEXIST")) {
      throw new NetworkError("bad_parameters", `a key named ${name} exists already`, { cause });
    }
    throw startRefusal(`the key ${name} could not be made`, cause);
  }
}

/** The file of a key with its private half, for a copy. `bad_parameters` for a key that the host of the node keeps. */
export async function keyCopy({ name, directory, privateKey }: StoredKey): Promise<Uint8Array> {
  if (privateKey === undefined) throw new NetworkError("bad_parameters", `the host keeps the private half of ${name}`);
  return readPrivateFile(join(directory, KEY_FILE));
}

/**
 * Makes a key of the bytes of {@link keyCopy}, without logs: a start or an import of its signing history makes them.
 * `check` may throw before anything is written. `key_unreadable` for other bytes, `bad_parameters` for a taken name.
 */
export async function importKey(
  keysPath: string,
  name: string,
  copy: Uint8Array,
  check: (key: StoredKey) => void,
): Promise<StoredKey> {
  const content = parseKey(copy);
  if (content === undefined || !("private" in content)) {
    throw new NetworkError("key_unreadable", "this is no file of a key, or it is damaged: export the key again");
  }
  check(storedKey(name, keyPath(keysPath, name), content));
  await placeKey(keysPath, name, [[KEY_FILE, copy]]);
  return readKey(keysPath, name);
}

/** Names of all keys, ascending. */
export async function listKeys(keysPath: string): Promise<string[]> {
  try {
    const entries = await readdir(keysPath, { withFileTypes: true });
    // Links count as keys: a new key would replace a link that is skipped here.
    const keys = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
    return keys.flatMap(({ name }) => (/^[a-z0-9-]{1,32}$/.test(name) ? [name] : [])).sort();
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return [];
    throw startRefusal(`the keys in ${keysPath} could not be listed`, cause);
  }
}

/** `unknown_key`, `key_exposed` (with the cure), or `key_unreadable` for a damaged or unreadable file. */
export async function readKey(keysPath: string, name: string): Promise<StoredKey> {
  const directory = keyPath(keysPath, name);
  const path = join(directory, KEY_FILE);
  let bytes: Uint8Array;
  try {
    bytes = await readPrivateFile(path);
  } catch (error) {
    if (!(error instanceof NetworkError) || error.code !== "not_found") throw error;
    if (!(await isDirectory(directory))) {
      throw new NetworkError("unknown_key", `there is no key named ${name}`, { cause: error });
    }
    const cure = `restore it from a backup, or move ${directory} away and lose the key`;
    throw new NetworkError("key_unreadable", `${path} is missing: ${cure}`, { cause: error });
  }
  const content = parseKey(bytes);
  if (content === undefined)
    throw new NetworkError(
      "key_unreadable",
      `${path} is damaged: restore it from a backup, or move ${directory} away and lose the key`,
    );
  return storedKey(name, directory, content);
}

function storedKey(name: string, directory: string, content: z.infer<typeof shape>): StoredKey {
  const { kind, id, network } = content;
  const privateKey = "private" in content ? (fromHex(content.private) ?? new Uint8Array(0)) : undefined;
  const publicKey = fromHex(content.public) ?? new Uint8Array(0);
  return { name, directory, kind, id, network, privateKey, publicKey, createdSeconds: content.created_seconds };
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Undefined for damage: the parser's message could quote the secret. */
function parseKey(bytes: Uint8Array): z.infer<typeof shape> | undefined {
  try {
    return shape.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))).data;
  } catch {
    return undefined;
  }
}

/** Removes the unfinished keys that crashes left. */
export async function sweepUnfinishedKeys(keysPath: string, nowMs: number): Promise<void> {
  for (const name of await readdir(keysPath)) {
    if (!name.startsWith(UNFINISHED_PREFIX)) continue;
    const path = join(keysPath, name);
    // Another process may finish the key at this moment.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && nowMs - found.mtimeMs > UNFINISHED_AGE_MS)
      await rm(path, { recursive: true, force: true });
  }
}
