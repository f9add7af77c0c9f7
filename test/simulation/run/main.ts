import { within } from "../../../src/lifecycle/index.js";
import { setPlatform } from "../platform/ambient.js";
import { Random } from "../world/random.js";
import { Schedule } from "../world/schedule.js";

const schedule = new Schedule(1_000_000);
setPlatform({ schedule, random: new Random(1), disks: undefined as never });
let n = 0;
const tick = () => {
  n++;
  if (n < 200000) setTimeout(tick, 1);
};
tick();
void within(500, new Promise(() => undefined)).then(() => console.log("within ended at", Date.now()));
const t = process.hrtime.bigint();
await schedule.run(1_000_000 + 1_000_000);
console.log(n, schedule.events, Number(process.hrtime.bigint() - t) / 1e3 / schedule.events, "us per event");
