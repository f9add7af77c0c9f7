import type { Family } from "./families.js";
import { hasCode, rootMessage } from "./storage-error.js";

/** A stored value that can't be read. */
export class DamagedValue {
  /** The database's message: the fault, the file and the place. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The result of the read of one key. */
export type Found = Uint8Array | DamagedValue | undefined;

/** Unreadable data on the disk that was skipped. */
export interface Damage {
  readonly family: Family;
  /** Key of the value; undefined for a range of an unknown number of rows. */
  readonly key: Uint8Array | undefined;
  /** The database's message. */
  readonly reason: string;
}

/**
 * Whether the data on the disk is damaged: wrong checksums, truncated files, unreadable sectors. False for a read that
 * may succeed later.
 */
export function isDamage(error: unknown): boolean {
  if (hasCode(error, "LEVEL_CORRUPTION")) return true;
  return /^corruption:|input\/output error/i.test(rootMessage(error));
}
