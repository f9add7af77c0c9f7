import type { Context } from "../context.js";
import type { TaskView } from "../fold/index.js";

/**
 * Finds the proofs against this node's own author keys, whichever way they came: two members of the set, or an alert that
 * holds. Each key is told once: it signs no more after that.
 */
export class OwnEquivocations {
  readonly #context: Context;
  /** At most the own keys. */
  readonly #emitted = new Set<string>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** A task from which an author is excluded. */
  notice({ excludedAuthors }: TaskView): void {
    for (const { author, proof } of excludedAuthors) this.proved(author, proof);
  }

  /** An equivocation is proved, of whomever. */
  proved(equivocator: string, proof: readonly [string, string]): void {
    const { authors, out } = this.#context;
    if (!authors.has(equivocator) || this.#emitted.has(equivocator)) return;
    this.#emitted.add(equivocator);
    out.emit({ kind: "own_equivocation", author: equivocator, proof });
  }
}
