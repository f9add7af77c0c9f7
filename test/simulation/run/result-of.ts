import type { World } from "../world/world.js";
import { type RunResult, replayCommand } from "./result.js";

/** What a world keeps to itself until its run is over. */
export interface RunEnd {
  readonly healSeconds: number | undefined;
  readonly faults: ReadonlyMap<string, number>;
  readonly faultPairs: ReadonlySet<string>;
  /** The digest of all calls with more text. */
  readonly digest: (text: string) => string;
}

/** The result of a run that is over. */
export function resultOf(world: World, { healSeconds, faults, faultPairs, digest }: RunEnd): Omit<RunResult, "wallMs"> {
  const { nodes, options, settings, schedule, parts, workload, chain, trace, recordChecks, crowd } = world;
  const { failure, counts } = world.board;
  const counters: Record<string, number> = {};
  for (const part of [...nodes.map((node) => node.counts), parts.counts(), workload.counts, chain?.counts() ?? []]) {
    for (const [name, count] of part) counters[name] = (counters[name] ?? 0) + count;
  }
  const roots = nodes.map(({ held }) => held.root).join(" ");
  return {
    seed: options.seed,
    ok: failure === undefined,
    options,
    settings,
    events: schedule.events,
    digest: digest(`${roots} ${failure?.message ?? ""}`),
    records: recordChecks.count,
    checks: Object.fromEntries(counts) as RunResult["checks"],
    faults: Object.fromEntries(faults),
    faultPairs: [...faultPairs].sort(),
    byzantine: crowd.settings,
    acts: Object.fromEntries(crowd.book.acts),
    counters,
    healSeconds,
    failure:
      failure === undefined
        ? undefined
        : { check: failure.check, text: failure.message, nodes: failure.nodes, atSeconds: world.atSeconds },
    trace: failure === undefined ? [] : trace.of(failure.nodes, crowd.names),
    replay: replayCommand(options),
  };
}
