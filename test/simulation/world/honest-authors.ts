/** The author keys of the honest nodes. */
export class HonestAuthors {
  readonly #byNode = new Map<string, readonly string[]>();
  readonly #all = new Set<string>();
  readonly #shared = new Set<string>();

  add(node: string, keys: readonly string[]): void {
    this.#byNode.set(node, keys);
    for (const key of keys) this.#all.add(key);
  }

  of(node: string): readonly string[] {
    return this.#byNode.get(node) ?? [];
  }

  /** From now on two programs sign with the keys of this node, and neither knows it: the scenario judges them. */
  share(node: string): void {
    for (const key of this.of(node)) this.#shared.add(key);
  }

  /** Whether the program of this node alone signs with the key. */
  isSingleOf(node: string, key: string): boolean {
    return this.of(node).includes(key) && this.isSingle(key);
  }

  /** Whether one program alone signs with the key. */
  isSingle(key: string): boolean {
    return this.#all.has(key) && !this.#shared.has(key);
  }
}
