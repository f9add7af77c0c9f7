/** A signal that fires after some time or with any of its parents. `clear` releases the timer; call it in every case. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Whether the time ran out (rather than a parent being aborted). */
  readonly expired: () => boolean;
  clear(): void;
}

export function deadline(timeoutMs: number, ...parents: readonly (AbortSignal | undefined)[]): Deadline {
  const own = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    own.abort();
  }, timeoutMs);
  const signals = [own.signal, ...parents.filter((parent) => parent !== undefined)];
  return {
    signal: signals.length === 1 ? own.signal : AbortSignal.any(signals),
    expired: () => expired,
    clear: () => clearTimeout(timer),
  };
}
