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
  const controller = new AbortController();
  let expired = false;
  const clear = (): void => {
    clearTimeout(timer);
    for (const parent of parents) parent?.removeEventListener("abort", fire);
  };
  const fire = (): void => {
    clear();
    controller.abort(parents.find((parent) => parent?.aborted === true)?.reason);
  };
  const timer = setTimeout(() => {
    expired = true;
    fire();
  }, timeoutMs);
  for (const parent of parents) parent?.addEventListener("abort", fire);
  if (parents.some((parent) => parent?.aborted === true)) fire();
  return { signal: controller.signal, expired: () => expired, clear };
}
