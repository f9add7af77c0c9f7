/** What a node holds. */
export interface HeldCounts {
  readonly records: number;
  readonly bodies: number;
}

/** What a catch-up gains, and how long the rest takes at this rate. */
export interface Pace {
  readonly recordsPerSecond: number;
  readonly bodiesPerSecond: number;
  /** Undefined: nothing came of what is missing, so no time can be said. */
  readonly secondsLeft: number | undefined;
}

/** Distance of two samples. */
const SAMPLE_MS = 2000;
/** Samples of half a minute: long enough for the pauses between two windows, short enough for a change of the rate. */
const SAMPLES_MAX = 16;

interface Sample extends HeldCounts {
  readonly atMs: number;
}

/** The rate at which records and bodies came in the last half minute. */
export class CatchUpPace {
  #samples: Sample[] = [];

  /** Takes the counts of now. Call it with each tick. */
  note(nowMs: number, { records, bodies }: HeldCounts): void {
    const last = this.#samples.at(-1);
    // A clock that was set back makes all distances wrong.
    if (last !== undefined && nowMs < last.atMs) this.#samples = [];
    else if (last !== undefined && nowMs - last.atMs < SAMPLE_MS) return;
    this.#samples.push({ atMs: nowMs, records, bodies });
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
  }

  /** The pace at which `held` grew, towards `target`. */
  report(nowMs: number, held: HeldCounts, target: HeldCounts): Pace {
    const [first] = this.#samples;
    const elapsedMs = first === undefined ? 0 : nowMs - first.atMs;
    if (first === undefined || elapsedMs < SAMPLE_MS) {
      return { recordsPerSecond: 0, bodiesPerSecond: 0, secondsLeft: undefined };
    }
    const perSecond = (name: keyof HeldCounts): number => (1000 * Math.max(0, held[name] - first[name])) / elapsedMs;
    const recordsPerSecond = perSecond("records");
    const bodiesPerSecond = perSecond("bodies");
    const secondsLeft = Math.max(
      secondsOf(target.records - held.records, recordsPerSecond),
      secondsOf(target.bodies - held.bodies, bodiesPerSecond),
    );
    return {
      recordsPerSecond: Math.round(recordsPerSecond),
      bodiesPerSecond: Math.round(bodiesPerSecond),
      secondsLeft: Number.isFinite(secondsLeft) ? secondsLeft : undefined,
    };
  }
}

function secondsOf(left: number, perSecond: number): number {
  if (left <= 0) return 0;
  return Math.ceil(left / perSecond);
}
