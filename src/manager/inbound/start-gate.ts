/**
 * Holds back the network's reports until the node has started, then passes them in order. The connections bound the
 * held reports: each connection has a ready or gone report and one frame.
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
