/**
 * Milliseconds for waits and ages. It begins with the time of the machine and only goes forward: a clock that is set
 * back by an hour would else keep the node from dialling anybody for an hour.
 */
export function steadyMs(): number {
  return performance.timeOrigin + performance.now();
}
