/** The state of this machine's clock. */
export interface ClockReport {
  /** `few`: the clock differs, but from too few peers to decide which clock is wrong. */
  readonly level: "unknown" | "ok" | "few" | "warning" | "degraded";
  /** This machine's clock minus the peers' clocks: positive if it is ahead. Undefined without samples. */
  readonly offsetMs: number | undefined;
  /** Number of address groups of peers; the offset is the median over them. */
  readonly clocks: number;
  /** The clock's time, unix seconds. */
  readonly timeSeconds: number;
  /** For a person, with the cure; undefined while the clock is right. */
  readonly warning: string | undefined;
}

/** The answer of the methods. */
export function clockAnswer({ level, offsetMs, clocks, timeSeconds, warning }: ClockReport): object {
  return {
    state: level,
    offset_seconds: offsetMs === undefined ? null : Math.round(offsetMs / 100) / 10,
    samples: clocks,
    time: timeSeconds,
    warning: warning ?? null,
  };
}
