import type { ChainFacts } from "../engine/index.js";
import type { FactsSource } from "./types.js";

/** Facts that no chain changes: from a registry file, or a registry of everyone. */
export class FixedFacts implements FactsSource {
  readonly #facts: ChainFacts;

  constructor(facts: ChainFacts) {
    this.#facts = facts;
  }

  facts(): ChainFacts {
    return this.#facts;
  }

  /** These facts need no history of the chain. */
  startFrom(): undefined {
    return undefined;
  }

  chain(): void {}

  asked(): void {}

  review(): undefined {
    return undefined;
  }

  async start(emit: (facts: ChainFacts) => void): Promise<void> {
    emit(this.#facts);
  }

  async stop(): Promise<void> {}
}
