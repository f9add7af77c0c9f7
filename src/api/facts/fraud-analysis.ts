/** Indicators of reference 1.7 that this node computes. */
export type FraudIndicatorType =
  | "PlagiarismDetected"
  | "HighSolutionSimilarity"
  | "CollusionSuspected"
  | "BehavioralAnomaly"
  | "StatisticalAnomaly";

export type FraudSeverity = "Critical" | "High" | "Medium" | "Low";

/** A statistic that points to fraud. It proves nothing. */
export interface FraudIndicator {
  readonly type: FraudIndicatorType;
  readonly severity: FraudSeverity;
  /** 0..1 */
  readonly risk: number;
  /** 0..1, by the number of observations. */
  readonly confidence: number;
  readonly description: string;
  /** Record ids, or keys. */
  readonly evidence: readonly string[];
}

/** The suspicion about one submission and its validators, of this node alone (reference 1.7). */
export interface FraudAnalysis {
  readonly submissionId: string;
  readonly miner: string;
  readonly atSeconds: number;
  readonly indicators: readonly FraudIndicator[];
  /** Answers of the task that were compared with this one, and those that were not, for lack of bodies or time. */
  readonly comparedAnswers: number;
  readonly uncomparedAnswers: number;
  /** Validators of the submission whose habits were looked at. */
  readonly validators: number;
}

const WEIGHTS: Readonly<Record<FraudSeverity, number>> = { Critical: 1, High: 0.8, Medium: 0.6, Low: 0.4 };
const DAY_SECONDS = 86_400;

/** The document's combination: 0.7 of the mean and 0.3 of the maximum of risk * confidence * severity. */
export function overallRisk(indicators: readonly Pick<FraudIndicator, "risk" | "confidence" | "severity">[]): number {
  if (indicators.length === 0) return 0;
  const risks = indicators.map(({ risk, confidence, severity }) => risk * confidence * WEIGHTS[severity]);
  return 0.7 * mean(risks) + 0.3 * Math.max(...risks);
}

/** The document's recommendation. Nothing here carries it out. */
function recommendation(overall: number, types: readonly string[]): Record<string, unknown> {
  if (overall >= 0.9) return { Reject: { reason: types.join(", "), automatic_action: null } };
  if (overall >= 0.7) {
    return { FlagForManualReview: { priority: "High", required_reviewers: 3, additional_checks: types } };
  }
  if (overall >= 0.5) {
    const review = { additional_validators: 2, extended_review_time: DAY_SECONDS, specific_checks: types };
    return { EnhancedValidation: review };
  }
  if (overall >= 0.3) return { Monitor: { monitoring_duration: 7 * DAY_SECONDS, alert_threshold: 0.4 } };
  return { Proceed: { confidence: rounded(1 - overall) } };
}

/** The shape of reference 1.7. */
export function fraudAnalysisAnswer(analysis: FraudAnalysis): Record<string, unknown> {
  const { submissionId, miner, atSeconds, indicators, comparedAnswers, uncomparedAnswers, validators } = analysis;
  const overall = overallRisk(indicators);
  const types = [...new Set(indicators.map(({ type }) => type))].sort();
  return {
    submission_id: submissionId,
    miner,
    analysis_timestamp: atSeconds,
    fraud_indicators: indicators.map(({ type, severity, risk, description, evidence }) => ({
      indicator_type: type,
      severity,
      risk_score: rounded(risk),
      description,
      evidence,
    })),
    overall_risk_score: rounded(overall),
    confidence_level: indicators.length === 0 ? 0 : rounded(mean(indicators.map(({ confidence }) => confidence))),
    recommendation: recommendation(overall, types),
    detailed_analysis: {
      compared_answers: comparedAnswers,
      uncompared_answers: uncomparedAnswers,
      validators,
    },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
