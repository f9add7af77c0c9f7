import type { Schedule } from "../world/schedule.js";
import { DiskError, type FailedCall, systemError } from "./disk-error.js";
import { count, isBroken, latencyMs } from "./disk-settings.js";
import type { MemoryDisk } from "./memory-disk.js";
import type { SimEntry } from "./name-changes.js";

export type Work = "read" | "write" | "sync" | "close";

type Outcome<T> = { readonly value: T } | { readonly error: Error };

/** Runs the calls of simulated processes on simulated disks, in simulated time. */
export class DiskOperations {
  readonly #schedule: Schedule;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /**
   * Runs one call of the calling life. It takes effect at a random moment before its end, unless the life ends before.
   * Concurrent calls take effect in any order, as with the threads of Node.js. `entry`: what a `sync` syncs.
   */
  run<T>(disk: MemoryDisk, work: Work, call: FailedCall, effect: () => T, entry?: SimEntry): Promise<T> {
    const schedule = this.#schedule;
    const { life } = schedule;
    const { settings, random, counts } = disk;
    const totalMs = latencyMs(settings, work === "close" ? "write" : work, random, counts);
    const beforeMs = totalMs * random.unit();
    return new Promise((resolve, reject) => {
      schedule.after(beforeMs, life, () => {
        const outcome = outcomeOf(disk, work, call, effect, entry);
        schedule.after(totalMs - beforeMs, life, () => {
          if ("error" in outcome) reject(outcome.error);
          else resolve(outcome.value);
        });
      });
    });
  }
}

/** Throws errors that are not of the simulated disk: they are defects and end the run. */
function outcomeOf<T>(
  disk: MemoryDisk,
  work: Work,
  call: FailedCall,
  effect: () => T,
  entry: SimEntry | undefined,
): Outcome<T> {
  const { settings, random, counts } = disk;
  try {
    if (work !== "close" && isBroken(settings, work, random, counts)) {
      if (work === "sync" && entry?.kind === "file" && random.chance(settings.syncDrops)) {
        count(counts, "sync drops");
        entry.content.drop();
      }
      throw new DiskError("EIO");
    }
    return { value: effect() };
  } catch (cause) {
    if (!(cause instanceof DiskError)) throw cause;
    if (cause.code === "ENOSPC") count(counts, "ENOSPC");
    return { error: systemError(cause.code, call) };
  }
}
