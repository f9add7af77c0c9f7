/** What peers may say while the last part of a start is still being put together; more than this is dropped. */
const HELD_MAX = 1024;

/** Holds back what the network reports until the node stands; then lets it through in order. */
export class StartGate {
  #held: (() => void)[] | undefined = [];

  /** Runs `work` now, or when the gate opens. */
  pass(work: () => void): void {
    if (this.#held === undefined) work();
    else if (this.#held.length < HELD_MAX) this.#held.push(work);
  }

  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const work of held) work();
  }
}
