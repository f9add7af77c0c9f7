/**
 * Holds back what the network reports until the node stands; then lets it through in order. What is held is bounded by
 * the connections: each says that it is ready or gone, and waits with one frame.
 */
export class StartGate {
  #held: (() => void)[] | undefined = [];

  get isOpen(): boolean {
    return this.#held === undefined;
  }

  /** Runs `work` now, or when the gate opens. */
  pass(work: () => void): void {
    if (this.#held === undefined) work();
    else this.#held.push(work);
  }

  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const work of held) work();
  }
}
