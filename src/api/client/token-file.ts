import { randomBytes, timingSafeEqual } from "node:crypto";
import { link, open, rm } from "node:fs/promises";
import { NetworkError } from "../../protocol/errors.js";

/** Name of the file of the token that may only read, beside that of the full one. */
export const READ_TOKEN_FILE = "api-read.token";

const TOKEN_BYTES = 32;
const TOKEN = /^[0-9a-f]{64}$/;
/** A token and a line end are shorter than this. */
const MAX_FILE_BYTES = 256;

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * Reads the API's token: 32 random bytes as hex in a file that only its owner may read. `not_found`; `key_exposed` if
 * other users may read it (not checked on Windows); `key_unreadable` for every other fault.
 */
export async function readToken(path: string): Promise<string> {
  let text: string;
  try {
    const handle = await open(path, "r");
    try {
      const about = await handle.stat();
      if (about.isDirectory()) {
        throw new NetworkError("key_unreadable", `${path} is a directory, not a file: move it away`);
      }
      const { mode, size } = about;
      if (process.platform !== "win32" && (mode & 0o077) !== 0) {
        throw new NetworkError("key_exposed", `${path} is open to other users of this machine: chmod 600 ${path}`);
      }
      text = size > MAX_FILE_BYTES ? "" : (await handle.readFile("utf8")).trim();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof NetworkError) throw cause;
    if (errorCode(cause) === "ENOENT") throw new NetworkError("not_found", `${path} does not exist`, { cause });
    const why = errorCode(cause) ?? "unknown cause";
    throw new NetworkError(
      "key_unreadable",
      `${path} can't be read (${why}): give it to the user that runs the node, or remove it to get a new one`,
      { cause },
    );
  }
  if (TOKEN.test(text)) return text;
  throw new NetworkError("key_unreadable", `${path} holds no token: remove it, and the next start makes a new one`);
}

/**
 * Reads the token, or makes the file at the first start. The file appears whole; of two concurrent starts one makes it.
 */
export async function readOrCreateToken(path: string): Promise<string> {
  try {
    return await readToken(path);
  } catch (error) {
    if (!(error instanceof NetworkError) || error.code !== "not_found") throw error;
  }
  const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    try {
      const handle = await open(temporary, "wx", 0o600);
      try {
        await handle.writeFile(`${newToken()}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await link(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  } catch (cause) {
    if (errorCode(cause) !== "EEXIST") {
      const why = errorCode(cause) ?? "unknown cause";
      const message = `${path} could not be written (${why}): check that its directory is writable`;
      throw new NetworkError("storage_failed", message, { cause });
    }
  }
  return readToken(path);
}

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("hex");
}

/** Compares in constant time. */
export function tokensEqual(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
