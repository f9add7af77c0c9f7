import { SimNet } from "../network/sim-net.js";
import { Random } from "../world/random.js";
import { type Life, Schedule } from "../world/schedule.js";
import { setPlatform } from "./ambient.js";
import { MemoryDisks } from "./memory-disks.js";

/** A disk `n` of a world, and a function that runs the world until a promise settles. */
export function diskWorld(seed: number) {
  const schedule = new Schedule(1_700_000_000_000);
  const random = new Random(seed);
  const disks = new MemoryDisks(schedule, random.fork("disks"));
  const disk = disks.add("n");
  setPlatform({ schedule, random, disks, net: new SimNet(schedule, random.fork("net")) });
  const settle = async <T>(work: () => Promise<T>, life?: Life): Promise<T> => {
    let isSettled = false;
    const result = schedule.within(life, work).finally(() => {
      isSettled = true;
    });
    result.catch(() => undefined);
    await schedule.run(schedule.nowMs + 600_000, () => isSettled);
    if (!isSettled) throw new Error("the call did not settle");
    return result;
  };
  return { schedule, random, disks, disk, settings: disk.settings, settle };
}
