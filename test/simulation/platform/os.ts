import { platform } from "./ambient.js";

export * from "node:os";
export { networkInterfaces } from "./interfaces.js";

/** Seconds since the start of the simulated machine. It was up for an hour before the run. */
export function uptime(): number {
  const { schedule } = platform();
  return 3600 + (schedule.nowUs - schedule.startUs) / 1_000_000;
}
