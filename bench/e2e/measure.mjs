// What a receiving process measures about itself.
import { monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds between two samples of the event loop. */
const SAMPLE_MS = 1;

const nsToMs = (ns) => ns / 1e6;

/** Milliseconds on a clock that all processes of the machine share. */
export function machineMs() {
  return nsToMs(Number(process.hrtime.bigint()));
}

/** Processor time of all threads, and the delay of the event loop, from the start on. */
export class Measure {
  #delay = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  #processor = process.cpuUsage();
  #beganMs = machineMs();

  constructor() {
    this.#delay.enable();
  }

  end() {
    const seconds = (machineMs() - this.#beganMs) / 1000;
    const { user, system } = process.cpuUsage(this.#processor);
    this.#delay.disable();
    // A sample is the time between two timers, so the time that the timer waits on purpose goes off.
    const delayMs = (ns) => Math.max(0, nsToMs(ns) - SAMPLE_MS);
    return {
      seconds,
      processorUs: user + system,
      loopP99Ms: delayMs(this.#delay.percentile(99)),
      loopMaxMs: delayMs(this.#delay.max),
    };
  }
}
