import type { FraudIndicator } from "../../api/index.js";
import type { Habit, Habits } from "./validator-habits.js";

/** The document's limits of similarity: suspicious, high, critical. */
const SIMILAR = 0.85;
const VERY_SIMILAR = 0.9;
const NEARLY_EQUAL = 0.95;
/** Observations before a habit is judged, and the share of them that makes it suspicious. */
const LIMITS = {
  sameScore: { least: 16, share: 0.9 },
  outliers: { least: 8, share: 0.5 },
  follows: { least: 8, share: 0.6 },
} as const;
/** Observations after which a habit is certain. */
const CERTAIN = 32;
/** The error of an estimated similarity. */
const SKETCH_CONFIDENCE = 0.9;

/** The part of the equal scores where the others must have given another one: graders of right and wrong are honest. */
const APART_SHARE = 0.25;

function isSuspicious(habit: Habit, { least, share }: { readonly least: number; readonly share: number }): boolean {
  return habit.of >= least && habit.count >= share * habit.of;
}

/** One answer of the same task by another author. */
export interface Likeness {
  readonly submissionId: string;
  /** 0 to 1; undefined: both announce one body. */
  readonly similarity: number | undefined;
  /** The other one has the earlier time. */
  readonly isEarlier: boolean;
}

/** What a likeness points to; undefined if it is no more than chance. */
export function likenessIndicator({ submissionId, similarity, isEarlier }: Likeness): FraudIndicator | undefined {
  const dated = isEarlier ? "earlier" : "later or at the same time";
  if (similarity === undefined) {
    return {
      type: "PlagiarismDetected",
      severity: isEarlier ? "Critical" : "Low",
      risk: 1,
      confidence: 1,
      description: `another author announces the same body, dated ${dated}`,
      evidence: [submissionId],
    };
  }
  if (similarity < SIMILAR) return undefined;
  const severity = similarity > NEARLY_EQUAL ? "Critical" : similarity > VERY_SIMILAR ? "High" : "Medium";
  return {
    type: "HighSolutionSimilarity",
    severity: isEarlier ? severity : "Low",
    risk: similarity,
    confidence: SKETCH_CONFIDENCE,
    description: `${Math.round(100 * similarity)} % like another answer, dated ${dated}`,
    evidence: [submissionId],
  };
}

/** What the habits of a validator point to. */
export function habitIndicators(validator: string, { sameScore, outliers, follows }: Habits): FraudIndicator[] {
  const found: FraudIndicator[] = [];
  const common = (habit: Habit) => ({ risk: habit.count / habit.of, confidence: Math.min(1, habit.of / CERTAIN) });
  if (isSuspicious(sameScore, LIMITS.sameScore) && sameScore.apart >= APART_SHARE * sameScore.count) {
    found.push({
      type: "BehavioralAnomaly",
      severity: "Medium",
      ...common(sameScore),
      description: `a validator gave ${sameScore.score} in ${sameScore.count} of its last ${sameScore.of} validations`,
      evidence: [validator],
    });
  }
  if (isSuspicious(outliers, LIMITS.outliers)) {
    found.push({
      type: "StatisticalAnomaly",
      severity: "Medium",
      ...common(outliers),
      description: `a validator was more than 30 points from the others in ${outliers.count} of ${outliers.of} validations`,
      evidence: [validator],
    });
  }
  if (follows !== undefined && isSuspicious(follows, LIMITS.follows)) {
    found.push({
      type: "CollusionSuspected",
      severity: "High",
      ...common(follows),
      description: `a validator gave another one's score within 15 seconds in ${follows.count} of ${follows.of} validations`,
      evidence: [validator, follows.validator],
    });
  }
  return found;
}
