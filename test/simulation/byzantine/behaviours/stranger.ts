import { standaloneGenesis } from "../../../../src/protocol/rules.js";
import { blake3 } from "../../kernel/mock-kernel.js";
import type { Behaviour, Powers } from "../behaviour.js";

const CHANCE = 0.15;

/** See `stranger` in the kinds. */
export class Stranger implements Behaviour {
  readonly #powers: Powers;

  constructor(powers: Powers) {
    this.#powers = powers;
  }

  step(): void {
    const { random, identity, acted, visit } = this.#powers;
    if (!random.chance(CHANCE)) return;
    const { network, rulesDigest } = identity;
    const way = random.below(3);
    if (way === 0)
      visit({ identity: { ...identity, genesis: standaloneGenesis(blake3, network, "other", rulesDigest) } });
    else if (way === 1) visit({ identity: { ...identity, rulesDigest: random.bytes(32) } });
    else visit({ registryDigest: random.bytes(5) });
    acted(["connects with another genesis", "connects with other rules", "says a malformed hello"][way] ?? "");
  }
}
