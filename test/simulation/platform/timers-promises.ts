import { platform } from "./ambient.js";

/** `node:timers/promises`, on simulated time. */
export function setTimeout<T = void>(
  delayMs?: number,
  value?: T,
  options: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  const { signal } = options;
  const { schedule } = platform();
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      schedule.cancel(ticket);
      reject(signal?.reason);
    };
    const ticket = schedule.after(Math.max(1, delayMs ?? 1), schedule.life, () => {
      signal?.removeEventListener("abort", abort);
      resolve(value as T);
    });
    if (signal?.aborted === true) return abort();
    signal?.addEventListener("abort", abort, { once: true });
  });
}

export function setImmediate<T = void>(value?: T): Promise<T> {
  const { schedule } = platform();
  return new Promise((resolve) => schedule.after(0, schedule.life, () => resolve(value as T)));
}
