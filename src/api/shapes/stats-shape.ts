import { z } from "zod";
import { count } from "./values.js";

const milliseconds = z.number();

/** `ai_get_node_stats`. */
export const statsShape = z.object({
  at_ms: z.int().describe("unix milliseconds"),
  counters: z.record(z.string(), z.record(z.string(), count)).describe("since the start, by name and label"),
  bounds: z.array(z.object({ name: z.string(), size: count, cap: count })).describe("structures with a cap"),
  latencies: z
    .array(z.object({ name: z.string(), label: z.string(), count, sum_seconds: z.number() }))
    .describe("durations since the start: publish, verification by kernel, disk_write"),
  load: z.object({
    cpu_seconds: z.number(),
    resident_bytes: count,
    heap_used_bytes: count,
    gc_seconds: z.number().describe("in garbage collection since the start"),
    loop_delay: z
      .object({ p50_ms: milliseconds, p99_ms: milliseconds, max_ms: milliseconds })
      .nullable()
      .describe("how late timers were in the last full window of 5 s"),
  }),
  peer_scores: z.record(z.string(), count).describe("peers by score; 0.2 has those from 0 to 0.2"),
  notable: z
    .array(z.object({ at_ms: z.int(), name: z.string(), label: z.string(), times: count }))
    .describe("rare counts with their times, at most 200, oldest first"),
});
