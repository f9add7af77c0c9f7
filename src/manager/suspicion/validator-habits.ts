import type { BoundRow } from "../../api/index.js";
import { BoundedMap } from "../../engine/index.js";

/** Validations of one validator that count: its newest ones. */
const HISTORY = 32;
/** Validators and submissions that are remembered, about 4 and 8 MiB. */
const VALIDATORS_MAX = 2048;
const SUBMISSIONS_MAX = 4096;
/** Scores of one submission that are remembered: its first ones. */
const SCORES_MAX = 32;
/** A score within so many seconds after another one, and so near to it, may be copied from it. */
const FOLLOW_SECONDS = 15;
const FOLLOW_POINTS = 1;
/** A score so far from the mean of the others is an outlier. Two others at least. */
const OUTLIER_POINTS = 30;
const OTHERS_MIN = 2;
/** The others gave another score: their mean is so far away. */
const APART_POINTS = 10;

export interface GivenScore {
  readonly submissionId: string;
  readonly validator: string;
  readonly score: number;
  readonly timestampSeconds: number;
}

/** How many of how many validations show a habit. */
export interface Habit {
  readonly count: number;
  readonly of: number;
}

export interface Habits {
  /** Validations that give the most frequent score; `apart`: those of them where the others gave another one. */
  readonly sameScore: Habit & { readonly score: number; readonly apart: number };
  /** Validations far from the others of their submission. */
  readonly outliers: Habit;
  /**
   * The validator whose scores this one's follow most often, among its scores that most of the rest did not give;
   * undefined without such ones.
   */
  readonly follows: (Habit & { readonly validator: string }) | undefined;
}

/** The newest scores of validators. A replay of the same validation has no effect. */
export class ValidatorHabits {
  readonly #validators = new BoundedMap<string, GivenScore[]>(VALIDATORS_MAX);
  readonly #submissions = new BoundedMap<string, GivenScore[]>(SUBMISSIONS_MAX);

  note(given: GivenScore): void {
    const own = this.#validators.get(given.validator) ?? [];
    if (own.some(({ submissionId }) => submissionId === given.submissionId)) return;
    own.push(given);
    if (own.length > HISTORY) own.shift();
    this.#validators.set(given.validator, own);
    const scores = this.#submissions.get(given.submissionId) ?? [];
    if (scores.length < SCORES_MAX) scores.push(given);
    this.#submissions.set(given.submissionId, scores);
  }

  boundRows(): readonly BoundRow[] {
    return [
      { name: "validator_habits", size: this.#validators.size, cap: VALIDATORS_MAX },
      { name: "scored_submissions", size: this.#submissions.size, cap: SUBMISSIONS_MAX },
    ];
  }

  /** Costs at most {@link HISTORY} times the square of {@link SCORES_MAX} steps, 32,768. */
  habitsOf(validator: string): Habits {
    const own = this.#validators.get(validator) ?? [];
    const counts = new Map<number, { count: number; apart: number }>();
    const followed = new Map<string, { count: number; of: number }>();
    let [outliers, compared] = [0, 0];
    for (const { submissionId, score, timestampSeconds } of own) {
      const same = counts.get(score) ?? { count: 0, apart: 0 };
      same.count++;
      counts.set(score, same);
      const others = (this.#submissions.get(submissionId) ?? []).filter((one) => one.validator !== validator);
      if (others.length >= OTHERS_MIN) {
        compared++;
        const mean = others.reduce((sum, other) => sum + other.score, 0) / others.length;
        if (Math.abs(score - mean) > OUTLIER_POINTS) outliers++;
        if (Math.abs(score - mean) > APART_POINTS) same.apart++;
      }
      for (const other of others) {
        // A score that half of the rest gave too is no sign of a copy.
        const rest = others.filter((one) => one !== other);
        const alike = rest.filter((one) => Math.abs(one.score - other.score) <= FOLLOW_POINTS).length;
        if (rest.length < OTHERS_MIN || 2 * alike >= rest.length) continue;
        const held = followed.get(other.validator) ?? { count: 0, of: 0 };
        const after = timestampSeconds - other.timestampSeconds;
        const isNear = Math.abs(score - other.score) <= FOLLOW_POINTS;
        if (after >= 0 && after <= FOLLOW_SECONDS && isNear) held.count++;
        held.of++;
        followed.set(other.validator, held);
      }
    }
    const [[score, same] = [0, { count: 0, apart: 0 }]] = [...counts].sort(
      ([a, x], [b, y]) => y.count - x.count || a - b,
    );
    const [leader] = [...followed].sort(([a, x], [b, y]) => y.count - x.count || x.of - y.of || (a < b ? -1 : 1));
    return {
      sameScore: { score, ...same, of: own.length },
      outliers: { count: outliers, of: compared },
      follows: leader === undefined ? undefined : { validator: leader[0], ...leader[1] },
    };
  }
}
