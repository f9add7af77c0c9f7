import type { ByzantineSettings } from "../byzantine/draw.js";
import type { CheckName } from "../checks/check-board.js";
import type { RunOptions, RunSettings } from "../world/settings.js";

/** A record of one node for the trace: its last events before a failure. */
export interface TraceLine {
  /** Seconds since the start of the run. */
  readonly atSeconds: number;
  readonly node: string;
  readonly text: string;
}

/** What one seed gave. Equal for equal seeds, on every machine; only `wallMs` is measured. */
export interface RunResult {
  readonly seed: number;
  readonly ok: boolean;
  readonly options: RunOptions;
  readonly settings: RunSettings;
  /** Calls of the schedule. */
  readonly events: number;
  /** Digest of all calls and of the sets at the end, 64 hex digits. */
  readonly digest: string;
  /** Different records that honest nodes wrote. */
  readonly records: number;
  /** Judgements, by checker. */
  readonly checks: Readonly<Record<CheckName, number>>;
  /** Started faults, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Pairs of fault kinds that were active at one time. */
  readonly faultPairs: readonly string[];
  readonly byzantine: readonly ByzantineSettings[];
  /** Acts of byzantine peers, by behaviour. */
  readonly acts: Readonly<Record<string, number>>;
  /** Reason codes and counters of all nodes, by "name label". */
  readonly counters: Readonly<Record<string, number>>;
  /** Simulated seconds from the end of the faults to convergence; undefined if there was none. */
  readonly healSeconds: number | undefined;
  readonly failure:
    | {
        readonly check: CheckName;
        readonly text: string;
        readonly nodes: readonly string[];
        readonly atSeconds: number;
      }
    | undefined;
  /** Last log lines of the nodes of a failure. */
  readonly trace: readonly TraceLine[];
  /** The command that gives this run again. */
  readonly replay: string;
  readonly wallMs: number;
}

/** The command that replays a run. */
export function replayCommand(options: RunOptions): string {
  const { seed, nodes, minutes, scenario, recordsPerSecond, healSeconds } = options;
  const { faults, chain, byzantine, behaviours } = options;
  const list = (values: readonly string[]): string => (values.length === 0 ? "none" : values.join(","));
  return [
    `npm run -s sim -- --seed ${seed} --nodes ${nodes} --minutes ${minutes} --scenario ${scenario}`,
    `--rate ${recordsPerSecond} --heal ${healSeconds}`,
    ...(faults === undefined ? [] : [`--faults ${list(faults)}`]),
    ...(chain === undefined ? [] : [`--chain ${chain ? "yes" : "no"}`]),
    ...(byzantine === undefined ? [] : [`--byzantine ${byzantine}`]),
    ...(behaviours === undefined ? [] : [`--behaviours ${list(behaviours)}`]),
  ].join(" ");
}
