/** A signal that fires after some time or with any of its parents. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Whether the time ran out (rather than a parent being aborted). */
  readonly expired: () => boolean;
  /** Releases the timer and the parents; call it in every case. */
  clear(): void;
}

/** Listeners are its own, not AbortSignal.any: that one keeps every signal ever made of a long-lived parent (Node 20). */
export function deadline(timeoutMs: number, ...parents: readonly (AbortSignal | undefined)[]): Deadline {
  const own = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    own.abort();
  }, timeoutMs);
  const follow = () => own.abort();
  for (const parent of parents) {
    if (parent?.aborted === true) own.abort();
    else parent?.addEventListener("abort", follow, { once: true });
  }
  return {
    signal: own.signal,
    expired: () => expired,
    clear: () => {
      clearTimeout(timer);
      for (const parent of parents) parent?.removeEventListener("abort", follow);
    },
  };
}
