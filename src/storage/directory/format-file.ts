import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { NetworkError } from "../../protocol/errors.js";
import { NETWORKS, type NetworkName } from "../../protocol/rules.js";
import { ENGINES } from "../database/index.js";
import { createOnce, replacePrivateFile } from "../files/index.js";
import { hasCode, startRefusal, storageError } from "../storage-error.js";

export const FORMAT_NAME = "tos-ai-sync";
/** Version of the whole directory: this file, the key layout and the key files. */
export const FORMAT_VERSION = 3;
/** The versions that a start upgrades. Version 2 has no checkpoints: a start makes them, and copies nothing. */
const OLDER_VERSIONS = [1, 2] as const;
/** The version whose database an upgrade copies. */
export const COPIED_VERSION = 1;
/** Longest `format.json`: its few fields need some hundred bytes. */
const MAX_FORMAT_BYTES = 4096;

const shape = z.strictObject({
  format: z.literal(FORMAT_NAME),
  version: z.literal([...OLDER_VERSIONS, FORMAT_VERSION]),
  network: z.enum(NETWORKS),
  genesis: z.string().regex(/^[0-9a-f]{64}$/),
  engine: z.enum(ENGINES),
  created: z.iso.datetime(),
});

/**
 * `format.json` identifies the directory. It is outside of the database because RocksDB opens only with every column
 * family named, and the version determines the families.
 */
export type DirectoryFormat = z.infer<typeof shape>;

/** Parses and checks the content; `storage_newer`, `storage_foreign` or `storage_corrupt` with the cure. */
export function parseFormat(text: string, path: string): DirectoryFormat {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new NetworkError("storage_corrupt", `${path} is damaged: restore it from a backup of the directory`, {
      cause,
    });
  }
  const named = z.object({ format: z.literal(FORMAT_NAME), version: z.int().positive() }).safeParse(json);
  if (!named.success) {
    throw new NetworkError("storage_foreign", `${path} belongs to another program: choose another directory`);
  }
  if (named.data.version > FORMAT_VERSION) {
    throw new NetworkError(
      "storage_newer",
      `${path} has version ${named.data.version}, this program knows ${FORMAT_VERSION}: ` +
        "update tos-ai-sync, or choose another directory",
    );
  }
  const parsed = shape.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new NetworkError("storage_corrupt", `${path} is damaged: restore it from a backup of the directory`);
}

/** Undefined if there is no such file. */
export async function readFormat(path: string): Promise<DirectoryFormat | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FORMAT_BYTES)
      throw new NetworkError(
        "storage_foreign",
        `${path} is too large for a file of this program: choose another directory`,
      );
    return parseFormat(await readFile(path, "utf8"), path);
  } catch (cause) {
    if (cause instanceof NetworkError) throw cause;
    if (hasCode(cause, "ENOENT")) return undefined;
    throw startRefusal(`${path} can't be read`, cause);
  }
}

/** Writes the file of a new directory, unless a concurrent start has written it. */
export async function createFormat(path: string, format: DirectoryFormat): Promise<void> {
  try {
    await createOnce(path, textOf(format));
  } catch (cause) {
    throw storageError(`${path} could not be written`, cause);
  }
}

/** Notes that the database has the current version. */
export async function raiseFormat(path: string, format: DirectoryFormat): Promise<DirectoryFormat> {
  const raised = { ...format, version: FORMAT_VERSION } as const;
  try {
    await replacePrivateFile(path, textOf(raised));
  } catch (cause) {
    throw storageError(`${path} could not be written`, cause);
  }
  return raised;
}

function textOf(format: DirectoryFormat): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(format, undefined, 2)}\n`);
}

/** `storage_foreign` if the directory serves another network than the wanted one. */
export function checkFormat(
  format: DirectoryFormat,
  path: string,
  wanted: { readonly network: NetworkName; readonly genesis: string },
): void {
  if (format.network !== wanted.network) {
    throw new NetworkError(
      "storage_foreign",
      `${path} holds data of ${format.network}, this node runs on ${wanted.network}: choose another directory`,
    );
  }
  if (format.genesis !== wanted.genesis) {
    throw new NetworkError(
      "storage_foreign",
      `${path} holds data of the chain that begins with ${format.genesis.slice(0, 16)}, this node's begins with ` +
        `${wanted.genesis.slice(0, 16)}: choose another directory, or the chain and rules it was made for`,
    );
  }
}
