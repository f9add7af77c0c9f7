import pTimeout from "p-timeout";

/** Waits for `work`, at most `timeoutMs`. Work that takes longer continues, but is no longer waited for. */
export async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  await pTimeout(work, { milliseconds: Math.max(1, timeoutMs), message: false });
}
