import { equalBytes } from "../../../src/protocol/bytes.js";

interface Shared {
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * Keys and values that the databases of all nodes of a run hold once: a thousand nodes store the same records. It grows
 * with the different keys of the run.
 */
export class SharedValues {
  readonly #rows = new Map<string, Shared>();

  /** The key of another node, and its value if the two are equal; otherwise a copy. */
  share(key: string, value: Uint8Array): Shared {
    const known = this.#rows.get(key);
    if (known === undefined) {
      const row = { key, value: new Uint8Array(value) };
      this.#rows.set(key, row);
      return row;
    }
    const isKnown = known.value === value || equalBytes(known.value, value);
    return isKnown ? known : { key: known.key, value: new Uint8Array(value) };
  }
}
