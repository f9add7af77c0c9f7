import { constants, monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";
import type { ProcessLoad } from "../facts/index.js";

/** A window is long enough for a 99th percentile and short enough for a chart. */
const WINDOW_MS = 5000;
/** A finer resolution costs more than one wake-up in 20 ms. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e6;

const GC_KINDS: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weak"],
]);

/** Measures the event loop, garbage collection, memory and processor time of this process. */
export class ProcessWatch {
  readonly #delay: Gauge;
  readonly #memory: Gauge;
  readonly #cpu: Counter;
  readonly #gc: Counter;
  #gcSeconds = 0;
  #loopDelay: ProcessLoad["loopDelay"];

  constructor(registry: Registry) {
    const registers = [registry];
    this.#delay = new Gauge({
      name: "tos_ai_sync_event_loop_delay_seconds",
      help: "How late timers of the event loop were in the last full window of 5 s",
      labelNames: ["quantile"],
      registers,
    });
    this.#memory = new Gauge({
      name: "tos_ai_sync_memory_bytes",
      help: "Memory of the process: resident, and used on the heap",
      labelNames: ["kind"],
      registers,
    });
    this.#cpu = new Counter({
      name: "tos_ai_sync_cpu_seconds_total",
      help: "Processor time of the process since its start",
      registers,
    });
    this.#gc = new Counter({
      name: "tos_ai_sync_gc_seconds_total",
      help: "Time in garbage collection, by kind",
      labelNames: ["kind"],
      registers,
    });
  }

  /** Starts to measure. The result stops it. */
  start(): () => void {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    const window = setInterval(() => {
      // Each sample includes the resolution itself.
      const late = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS);
      this.#loopDelay = {
        p50Ms: late(histogram.percentile(50)),
        p99Ms: late(histogram.percentile(99)),
        maxMs: late(histogram.max),
      };
      histogram.reset();
    }, WINDOW_MS);
    window.unref();
    const observer = new PerformanceObserver((list) => {
      for (const { duration, detail } of list.getEntries()) {
        const kind = GC_KINDS.get(Object(detail).kind) ?? "other";
        this.#gcSeconds += duration / 1000;
        this.#gc.inc({ kind }, duration / 1000);
      }
    });
    observer.observe({ entryTypes: ["gc"] });
    return () => {
      observer.disconnect();
      clearInterval(window);
      histogram.disable();
    };
  }

  load(): ProcessLoad {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return {
      cpuSeconds: (user + system) / 1e6,
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      gcSeconds: this.#gcSeconds,
      loopDelay: this.#loopDelay,
    };
  }

  /** Sets the gauges. */
  read(): void {
    const { cpuSeconds, residentBytes, heapUsedBytes, loopDelay } = this.load();
    this.#cpu.reset();
    this.#cpu.inc(cpuSeconds);
    this.#memory.set({ kind: "resident" }, residentBytes);
    this.#memory.set({ kind: "heap_used" }, heapUsedBytes);
    if (loopDelay === undefined) return;
    this.#delay.set({ quantile: "0.5" }, loopDelay.p50Ms / 1000);
    this.#delay.set({ quantile: "0.99" }, loopDelay.p99Ms / 1000);
    this.#delay.set({ quantile: "1" }, loopDelay.maxMs / 1000);
  }
}
