const POLL_MS = 100;

/** Asks again until `probe` gives something; rejects after `timeoutMs`, saying what was waited for. */
export async function until(timeoutMs, what, probe) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
