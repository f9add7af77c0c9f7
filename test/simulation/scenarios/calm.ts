import { CALM_CHAIN } from "../chain/sim-chain.js";
import type { LinkSettings } from "../world/settings.js";
import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

const LINKS: LinkSettings = { minMs: 1, meanMs: 10, loss: 0, duplicates: 0, reorder: 0 };

/** Fast links and no faults. All checks hold. */
export const calm: Scenario = {
  about: "no faults",
  settings(options, random) {
    const settings = quiet(options, random);
    return { ...settings, links: LINKS, chain: settings.chain === undefined ? undefined : CALM_CHAIN };
  },
};
