import type { Random } from "../world/random.js";

/** Faults and speed of the disk of one node. The simulated database uses the same object. It may change at any time. */
export interface DiskSettings {
  /** Bytes that may still be written. Writes take them, removed files give them back. 0: the disk is full. */
  freeBytes: number;
  /** Mean times of one operation. */
  readMs: number;
  writeMs: number;
  syncMs: number;
  /** Fraction of operations that take {@link slowMs} more on average. */
  slow: number;
  slowMs: number;
  /** Fractions of operations that end with EIO. */
  readErrors: number;
  writeErrors: number;
  /** Fraction of failed syncs after which the data that was not synced is gone, while later syncs succeed. */
  syncDrops: number;
  /** At a crash, of each unsynced write: the fraction that is kept whole, and that of which only a prefix is kept. */
  keepWrite: number;
  tearWrite: number;
  /**
   * At a crash, of lost and torn writes: the fraction that still sets the size of the file. The rest reads as zeros.
   */
  zeroTail: number;
  /** At a crash: the fraction of unsynced changes of names that is kept. */
  keepName: number;
  /** Fraction of crashes after which no change of a name is kept that is later than a lost one, as with a journal. */
  journal: number;
  /** Of the writes to a database with damaged values: the fraction that fails because a compaction meets the damage. */
  compaction: number;
}

const GIB = 1024 ** 3;

/** A fast disk without faults. A crash keeps half of what was not synced. */
export function healthyDisk(): DiskSettings {
  return {
    freeBytes: 64 * GIB,
    readMs: 0.1,
    writeMs: 0.05,
    syncMs: 2,
    slow: 0,
    slowMs: 0,
    readErrors: 0,
    writeErrors: 0,
    syncDrops: 0.5,
    keepWrite: 0.5,
    tearWrite: 0.25,
    zeroTail: 0,
    keepName: 0.5,
    journal: 0.5,
    compaction: 0.01,
  };
}

export type DiskWork = "read" | "write" | "sync";

/** Events by name, for the coverage of a run. */
export type Counts = Map<string, number>;

export function count(counts: Counts, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** The time of one operation. */
export function latencyMs(settings: DiskSettings, work: DiskWork, random: Random, counts: Counts): number {
  const mean = work === "read" ? settings.readMs : work === "write" ? settings.writeMs : settings.syncMs;
  const usual = random.exponential(mean);
  if (settings.slow === 0 || !random.chance(settings.slow)) return usual;
  count(counts, "slow");
  return usual + random.exponential(settings.slowMs);
}

/** Whether an operation ends with EIO. */
export function isBroken(settings: DiskSettings, work: DiskWork, random: Random, counts: Counts): boolean {
  const fraction = work === "read" ? settings.readErrors : settings.writeErrors;
  if (fraction === 0 || !random.chance(fraction)) return false;
  count(counts, `EIO ${work}`);
  return true;
}
