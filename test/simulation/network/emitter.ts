interface Entry {
  readonly listener: (event: never) => void;
  readonly once: boolean;
}

/** The part of EventTarget that the network uses, without event objects: listeners of a type in their order. */
export class Emitter {
  /** Arrays are replaced, never changed, so that an emission may go on while a listener leaves. */
  readonly #byType = new Map<string, readonly Entry[]>();

  addEventListener(type: string, listener: (event: never) => void, options: { readonly once?: boolean } = {}): void {
    const entries = this.#byType.get(type) ?? [];
    if (entries.some((entry) => entry.listener === listener)) return;
    this.#byType.set(type, [...entries, { listener, once: options.once === true }]);
  }

  removeEventListener(type: string, listener: (event: never) => void): void {
    const entries = this.#byType.get(type);
    if (entries === undefined) return;
    this.#byType.set(
      type,
      entries.filter((entry) => entry.listener !== listener),
    );
  }

  protected listens(type: string): boolean {
    return (this.#byType.get(type)?.length ?? 0) > 0;
  }

  protected emit(type: string, event: unknown): void {
    const entries = this.#byType.get(type);
    if (entries === undefined) return;
    for (const { listener, once } of entries) {
      if (once) this.removeEventListener(type, listener);
      listener(event as never);
    }
  }
}
