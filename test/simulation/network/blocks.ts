/** True where bytes from one node to the other do not arrive. */
type Block = (from: string, to: string) => boolean;

/** Which directions between nodes are blocked. Blocks may overlap; each ends for itself. */
export class Blocks {
  readonly #blocks = new Set<Block>();

  /** Nodes of different groups do not reach each other. A node in no group reaches all. Returns how to end it. */
  partition(groups: readonly (readonly string[])[]): () => void {
    const groupOf = new Map<string, number>();
    groups.forEach((names, group) => {
      for (const name of names) groupOf.set(name, group);
    });
    return this.#add((from, to) => {
      const group = groupOf.get(from);
      const other = groupOf.get(to);
      return group !== undefined && other !== undefined && group !== other;
    });
  }

  /** One direction; `to` undefined: to every node. */
  block(from: string, to: string | undefined): () => void {
    return this.#add((a, b) => a === from && (to === undefined || b === to));
  }

  clear(): void {
    this.#blocks.clear();
  }

  has(from: string, to: string): boolean {
    if (from === to) return false;
    for (const block of this.#blocks) if (block(from, to)) return true;
    return false;
  }

  #add(block: Block): () => void {
    this.#blocks.add(block);
    return () => this.#blocks.delete(block);
  }
}
