/** What is known of this machine's clock. */
export interface ClockReport {
  /** `few`: it differs from the clocks of too few peers to tell whose is wrong. */
  readonly level: "unknown" | "ok" | "few" | "warning" | "degraded";
  /** This machine's clock less its peers': positive where it is ahead; undefined where nobody was heard. */
  readonly offsetMs: number | undefined;
  /** Address groups of peers of which the offset is the median. */
  readonly voices: number;
  /** What the clock says, unix seconds. */
  readonly timeSeconds: number;
  /** For a person, with the cure; undefined while nothing is wrong. */
  readonly warning: string | undefined;
}

/** As methods answer it. */
export function clockAnswer({ level, offsetMs, voices, timeSeconds, warning }: ClockReport): object {
  return {
    state: level,
    offset_seconds: offsetMs === undefined ? null : Math.round(offsetMs / 100) / 10,
    samples: voices,
    time: timeSeconds,
    warning: warning ?? null,
  };
}
