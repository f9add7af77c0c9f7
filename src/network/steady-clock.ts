/**
 * Milliseconds for waits and ages. The clock starts at the time of the machine and never goes back. With the machine's
 * clock, a change back by an hour would stop all dials for an hour.
 */
export function steadyMs(): number {
  return performance.timeOrigin + performance.now();
}
