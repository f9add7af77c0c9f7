import type { Context } from "../context.js";
import type { TaskView } from "../fold/index.js";

/**
 * Finds proofs against this node's own author keys, from two members of the set or from an alert. Emits
 * `own_equivocation` once for each key; the key signs nothing after it.
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

  /** Takes a proved equivocation of any author. */
  proved(equivocator: string, proof: readonly [string, string]): void {
    const { authors, out } = this.#context;
    if (!authors.has(equivocator) || this.#emitted.has(equivocator)) return;
    this.#emitted.add(equivocator);
    out.emit({ kind: "own_equivocation", author: equivocator, proof });
  }
}
