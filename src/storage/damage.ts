import type { Family } from "./families.js";
import { hasCode, rootMessage } from "./storage-error.js";

/** What is stored under a key and can't be read. */
export class DamagedValue {
  /** The database's words: what is wrong, in which file, where. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** What a read of one key comes to. */
export type Found = Uint8Array | DamagedValue | undefined;

/** Something on the disk that can't be read and was passed over. */
export interface Damage {
  readonly family: Family;
  /** Of the value; undefined: a stretch of rows, nobody knows how many. */
  readonly key: Uint8Array | undefined;
  /** The database's words. */
  readonly reason: string;
}

/**
 * Is what the disk holds wrong, as against a read that failed and may succeed later? Checksums that do not match, files cut
 * short, sectors that the disk can't read.
 */
export function isDamage(error: unknown): boolean {
  if (hasCode(error, "LEVEL_CORRUPTION")) return true;
  return /^corruption:|input\/output error/i.test(rootMessage(error));
}
