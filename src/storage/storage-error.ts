import { NetworkError, type ReasonCode } from "../protocol/errors.js";
import { errnoCure, errnoOf } from "./errno.js";

/** Causes of an error that are searched. A chain has two or three, and might be circular. */
const MAX_CAUSES = 8;

/** Reason codes for error codes of the file system and of both databases. */
const CODES: Readonly<Record<string, ReasonCode>> = {
  LEVEL_LOCKED: "storage_locked",
  LEVEL_CORRUPTION: "storage_corrupt",
  ENOSPC: "storage_full",
  EDQUOT: "storage_full",
};

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether the failure or one of its causes has this `code`. */
export function hasCode(error: unknown, code: string): boolean {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth++) {
    if (codeOf(current) === code) return true;
    current = current.cause;
  }
  return false;
}

/** The innermost message: the outer ones are only "database failed to open". */
export function rootMessage(error: unknown): string {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth++) {
    if (!(current.cause instanceof Error)) return current.message;
    current = current.cause;
  }
  return String(current);
}

/** A failure of the database or the file system as a typed error. A typed error stays as it is. */
export function storageError(action: string, cause: unknown): NetworkError {
  if (cause instanceof NetworkError) return cause;
  const message = rootMessage(cause);
  const known = Object.keys(CODES).find((code) => hasCode(cause, code));
  // RocksDB reports a full disk as a general I/O error.
  const full = /no space left|quota exceeded/i.test(message);
  const code = full ? "storage_full" : known === undefined ? "storage_failed" : (CODES[known] ?? "storage_failed");
  // RocksDB's message ends with a period, or has two lines.
  const reported = message.replace(/\s+/g, " ").replace(/[.\s]+$/, "");
  return new NetworkError(code, `${action}: ${reported}`, { cause });
}

/**
 * A refusal of a start in one line for a person: the action, the operating system's error without its call and
 * temporary names, and the cure. A typed error stays as it is.
 */
export function startRefusal(action: string, cause: unknown): NetworkError {
  if (cause instanceof NetworkError) return cause;
  const { code } = storageError(action, cause);
  const cure = errnoCure(errnoOf(cause));
  const detail = rootMessage(cause).replace(/, [a-z]+( '[^']*')?( -> '[^']*')?$/, "");
  return new NetworkError(code, `${action}: ${detail}${cure === undefined ? "" : `: ${cure}`}`, { cause });
}
