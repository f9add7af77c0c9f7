import type { LinkSettings } from "../world/settings.js";
import type { World } from "../world/world.js";
import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

/** Records of the network when the last node joins, if the run is long enough. */
const RECORDS = 10_000;
/** Else it joins at this share of the records that the run will have. */
const JOINS_AT = 0.66;
const LOOK_MS = 1000;
/** Fast links: with drawn ones bodies fell behind at this rate, whoever joined (docs/simulator.md). */
const LINKS: LinkSettings = { minMs: 1, meanMs: 5, loss: 0, duplicates: 0, reorder: 0 };

/**
 * A network has 10,000 records when its last node joins, and goes on to publish. A shorter run, or one of a lower rate,
 * has fewer. Quotas are higher than the default ones, so that a few authors can make so many.
 *
 * Expected: the latecomer gets all records and bodies, and says "in sync" only then. No check sees a difference to a
 * node that was there from the start.
 */
export const latecomer: Scenario = {
  about: "a node joins at 10,000 records while gossip goes on",
  options: { nodes: 4, minutes: 10, recordsPerSecond: 25 },
  settings: (options, random) => ({ ...quiet(options, random), links: LINKS }),
  // Most calls publish a task, since answers and reviews of few authors run out of subjects.
  workload: { taskShare: 0.8, submissionShare: 0.15, largeShare: 0, mediumShare: 0.01 },
  rules: { quotas: [20_000, 20_000, 20_000] },
  startsLater: (index, { nodes }) => index === nodes - 1,
  plan: look,
  judge({ board, nodes }) {
    const late = nodes.at(-1);
    const joined = late?.lives ?? 0;
    board.expect("convergence", joined > 0, () => `${late?.name} did not join`, [late?.name ?? ""]);
  },
};

/** Starts the last node when there are enough records. */
function look(world: World): void {
  const { minutes, recordsPerSecond } = world.options;
  const enough = Math.min(RECORDS, JOINS_AT * minutes * 60 * recordsPerSecond);
  world.schedule.after(LOOK_MS, undefined, () => {
    if (world.records < enough) look(world);
    else world.nodes.at(-1)?.start();
  });
}
