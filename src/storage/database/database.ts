import type { Found } from "../damage.js";
import type { Family } from "../families.js";
import type { KeyRange, KeyWrite } from "../types.js";
import type { Rows } from "./range-reader.js";

/** What the two databases do differently. Failures are theirs, as they throw them. */
export interface Database {
  /** Settles always; what is damaged is so in its place. */
  getMany(family: Family, keys: readonly Uint8Array[]): Promise<readonly Found[]>;
  rows(family: Family, range: KeyRange): Rows;
  /** Atomic. With `sync` an empty batch waits for the disk, too. */
  write(batch: readonly KeyWrite[], sync: boolean): Promise<void>;
  close(): Promise<void>;
}

/** `storage_locked` where another has it open, `storage_corrupt` where it is damaged or, without `createIfMissing`, lost. */
export type OpenDatabase = (directory: string, createIfMissing: boolean) => Promise<Database>;
