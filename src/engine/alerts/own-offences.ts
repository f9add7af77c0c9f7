import type { Context } from "../context.js";
import type { TaskView } from "../fold/index.js";

/**
 * Finds the proofs against this node's own author keys, whichever way they came: two members of the set, or an alert that
 * holds. Each key is told once: it signs no more after that.
 */
export class OwnOffences {
  readonly #context: Context;
  /** At most the own keys. */
  readonly #told = new Set<string>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** A task in which somebody counts for nothing. */
  notice({ voidAuthors }: TaskView): void {
    for (const { author, proof } of voidAuthors) this.proved(author, proof);
  }

  /** An offence is proved, of whomever. */
  proved(offender: string, proof: readonly [string, string]): void {
    const { authors, out } = this.#context;
    if (!authors.has(offender) || this.#told.has(offender)) return;
    this.#told.add(offender);
    out.emit({ kind: "own_offence", author: offender, proof });
  }
}
