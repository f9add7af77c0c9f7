import { join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { hasCode, startRefusal } from "../storage-error.js";
import type { StoredKey } from "./key-file.js";
import { SigningFile } from "./signing-file.js";
import { readSigningState } from "./signing-state.js";

/** The error for a signing log that can't be opened, with the file and the cure. */
export function signingRefusal(path: string, cause: unknown): NetworkError {
  const error = startRefusal(`the signing log ${path} could not be opened`, cause);
  if (error.message.includes("/")) return error;
  return new NetworkError(error.code, `${path}: ${error.message}`, { cause: error });
}

/** Rejects as {@link SigningStore.open} would. False: there is no log, and the key signs from the next UTC day on. */
export async function inspectSigningLog(key: StoredKey): Promise<boolean> {
  const path = join(key.directory, "signing.log");
  try {
    const state = await readSigningState(key.directory);
    await SigningFile.inspect(path, { ...key, firstDay: state.kind === "resumed" ? state.firstDay : 0 });
    return true;
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return false;
    throw signingRefusal(path, cause);
  }
}
