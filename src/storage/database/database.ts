import type { Found } from "../damage.js";
import type { Family } from "../families.js";
import type { KeyRange, KeyWrite } from "../types.js";
import type { Rows } from "./range-reader.js";

/** The differences between the two databases. Failures are those that they throw. */
export interface Database {
  /** Always settles. A damaged value is a `DamagedValue` in its place. */
  getMany(family: Family, keys: readonly Uint8Array[]): Promise<readonly Found[]>;
  rows(family: Family, range: KeyRange): Rows;
  /** Atomic. With `sync` an empty batch also waits for the disk. */
  write(batch: readonly KeyWrite[], sync: boolean): Promise<void>;
  close(): Promise<void>;
}

/** `storage_locked` if another process has it open; `storage_corrupt` if damaged, or missing and not to be made. */
export type OpenDatabase = (directory: string, createIfMissing: boolean) => Promise<Database>;
