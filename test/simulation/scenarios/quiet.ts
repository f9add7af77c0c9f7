import { drawChain } from "../chain/world-chain.js";
import { FAULT_KINDS, type FaultKind } from "../faults/kinds.js";
import type { Random } from "../world/random.js";
import { drawLinks, type RunOptions, type RunSettings } from "../world/settings.js";

/** Faults a minute of some kinds, none of the others. */
export type SomeFaults = Partial<Record<FaultKind, number>>;

/** Drawn links, and the faults of a scenario only. A run has a chain only by `--chain yes`. */
export function quiet(options: RunOptions, random: Random, some: SomeFaults = {}): RunSettings {
  const faults = Object.fromEntries(
    FAULT_KINDS.map((kind) => [kind, options.faults?.includes(kind) === false ? 0 : (some[kind] ?? 0)]),
  ) as Record<FaultKind, number>;
  const links = drawLinks(random);
  const chain = drawChain(random);
  return { links, faults, late: 0, chain: options.chain === true ? chain : undefined };
}
