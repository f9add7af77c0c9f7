import type { ReasonCode } from "../../../src/protocol/errors.js";
import type { SimNet } from "../network/sim-net.js";
import type { Random } from "../world/random.js";
import type { Schedule } from "../world/schedule.js";
import type { MemoryDisks } from "./memory-disks.js";

/** What the simulated modules of Node.js act on. One run of the simulator is one platform. */
export interface Platform {
  readonly schedule: Schedule;
  /** Random bytes of `node:crypto`. */
  readonly random: Random;
  readonly disks: MemoryDisks;
  readonly net: SimNet;
  /** A node charges a peer, named by its peer id. */
  readonly charged?: (node: string, peer: string, code: ReasonCode) => void;
}

let current: Platform | undefined;

/** Sets the platform of the run. The simulator runs one world at a time in a thread. */
export function setPlatform(platform: Platform | undefined): void {
  current = platform;
}

export function platform(): Platform {
  if (current === undefined) throw new Error("no simulated world runs");
  return current;
}
