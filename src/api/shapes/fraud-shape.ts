import { z } from "zod";
import { count, hex32, seconds, share } from "./values.js";

const indicator = z.object({
  indicator_type: z.string(),
  severity: z.string(),
  risk_score: share,
  description: z.string(),
  evidence: z.array(hex32).describe("submissions, or keys of validators"),
});

const checks = z.array(z.string());

const recommendation = z.union([
  z.object({ Reject: z.object({ reason: z.string(), automatic_action: z.null() }) }),
  z.object({
    FlagForManualReview: z.object({ priority: z.string(), required_reviewers: count, additional_checks: checks }),
  }),
  z.object({
    EnhancedValidation: z.object({
      additional_validators: count,
      extended_review_time: count,
      specific_checks: checks,
    }),
  }),
  z.object({ Monitor: z.object({ monitoring_duration: count, alert_threshold: share }) }),
  z.object({ Proceed: z.object({ confidence: share }) }),
]);

/** `ai_get_fraud_analysis`. */
export const fraudAnalysisShape = z.object({
  submission_id: hex32,
  miner: hex32,
  analysis_timestamp: seconds,
  fraud_indicators: z.array(indicator),
  overall_risk_score: share,
  confidence_level: share.describe("mean of the indicators' confidence; 0 without one"),
  recommendation: recommendation.describe("of the documents; this program carries none out"),
  detailed_analysis: z.object({
    compared_answers: count,
    uncompared_answers: count.describe("the node does not hold them, or has not read them yet"),
    validators: count.describe("validators whose habits were looked at, at most 32"),
  }),
});
