import { anySignal } from "any-signal";

/** A signal that fires after some time or with any of its parents. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True once the time ran out. A parent that fires before leaves it false. */
  readonly expired: () => boolean;
  /** Releases the timer and the parents; call it in every case. */
  clear(): void;
}

/** Not AbortSignal.any: on Node 20 a long-lived parent keeps every combined signal that has a listener. */
export function deadline(timeoutMs: number, ...parents: readonly (AbortSignal | undefined)[]): Deadline {
  const time = new AbortController();
  const timer = setTimeout(() => time.abort(), timeoutMs);
  const signal = anySignal([time.signal, ...parents]);
  return {
    signal,
    expired: () => time.signal.aborted,
    clear: () => {
      clearTimeout(timer);
      signal.clear();
    },
  };
}
