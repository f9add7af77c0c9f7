import { z } from "zod";
import type { TaskDetail } from "../../protocol/bodies.js";
import { label, showAs, u8 } from "./fields.js";

/**
 * The specification's TaskType in serde's form: externally tagged (reference 1.4). The sister documents' examples leave
 * out second fields, so they are optional here; an absent field is the empty string.
 */

/** A unit variant as its name, `{"Other": name}` or `{"Custom": name}` as the name alone. */
const language = z.union([label, z.strictObject({ Other: label }).transform(({ Other }) => Other)]);
const standard = z.union([label, z.strictObject({ Custom: label }).transform(({ Custom }) => Custom)]);

const complexity = z.enum(["Simple", "Medium", "Complex", "Enterprise"]);
const scope = z.enum([
  "SmartContract",
  "WebApplication",
  "APIEndpoints",
  "Infrastructure",
  "CryptoImplementation",
  "ComplianceCheck",
]);
const dataType = z.enum(["Structured", "Unstructured", "TimeSeries", "Graph", "Geospatial"]);
const analysisType = z.enum(["Descriptive", "Diagnostic", "Predictive", "Prescriptive", "Exploratory"]);
/** Longer lists of standards or constraints belong in the description. */
const MAX_LISTED = 32;

const codeAnalysis = z
  .strictObject({ CodeAnalysis: z.strictObject({ language, complexity: complexity.optional() }) })
  .transform(({ CodeAnalysis: value }): TaskDetail => {
    return { type: "CodeAnalysis", language: value.language, complexity: value.complexity ?? "" };
  });

const securityAudit = z
  .strictObject({ SecurityAudit: z.strictObject({ scope, standards: z.array(standard).max(MAX_LISTED).default([]) }) })
  .transform(({ SecurityAudit: value }): TaskDetail => ({ type: "SecurityAudit", ...value }));

const dataAnalysis = z
  .strictObject({ DataAnalysis: z.strictObject({ data_type: dataType, analysis_type: analysisType.optional() }) })
  .transform(({ DataAnalysis: value }): TaskDetail => {
    return { type: "DataAnalysis", dataType: value.data_type, analysisType: value.analysis_type ?? "" };
  });

const algorithmOptimization = z
  .strictObject({
    AlgorithmOptimization: z.strictObject({ domain: label, constraints: z.array(label).max(MAX_LISTED).default([]) }),
  })
  .transform(({ AlgorithmOptimization: value }): TaskDetail => ({ type: "AlgorithmOptimization", ...value }));

const logicReasoning = z
  .strictObject({ LogicReasoning: z.strictObject({ problem_type: label.optional(), complexity: u8 }) })
  .transform(({ LogicReasoning: value }): TaskDetail => {
    return { type: "LogicReasoning", problemType: value.problem_type ?? "", complexity: value.complexity };
  });

const generalTask = z
  .strictObject({ GeneralTask: z.strictObject({ category: label, subcategory: label.nullish() }) })
  .transform(({ GeneralTask: value }): TaskDetail => {
    return { type: "GeneralTask", category: value.category, subcategory: value.subcategory ?? "" };
  });

const VARIANTS = {
  CodeAnalysis: codeAnalysis,
  SecurityAudit: securityAudit,
  DataAnalysis: dataAnalysis,
  AlgorithmOptimization: algorithmOptimization,
  LogicReasoning: logicReasoning,
  GeneralTask: generalTask,
} as const;

/** The name selects the variant first, so that a fault names that variant and not all six. */
const anyVariant = z.union(Object.values(VARIANTS));
const named = showAs(z.record(z.string(), z.unknown()), anyVariant);

export const taskType = named.transform((value, context): TaskDetail => {
  const [name, ...more] = Object.keys(value);
  if (name === undefined || more.length > 0 || !Object.hasOwn(VARIANTS, name)) {
    context.addIssue({ code: "custom", message: `expected one of ${Object.keys(VARIANTS).join(", ")}` });
    return z.NEVER;
  }
  const parsed = VARIANTS[name as keyof typeof VARIANTS].safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    context.addIssue({ code: "custom", message: issue.message, path: [...issue.path] });
  }
  return z.NEVER;
});

/** Writes the same form, for answers. */
export function taskTypeJson(detail: TaskDetail): Readonly<Record<string, unknown>> {
  switch (detail.type) {
    case "CodeAnalysis":
      return { CodeAnalysis: { language: detail.language, complexity: detail.complexity || null } };
    case "SecurityAudit":
      return { SecurityAudit: { scope: detail.scope, standards: detail.standards } };
    case "DataAnalysis":
      return { DataAnalysis: { data_type: detail.dataType, analysis_type: detail.analysisType || null } };
    case "AlgorithmOptimization":
      return { AlgorithmOptimization: { domain: detail.domain, constraints: detail.constraints } };
    case "LogicReasoning":
      return { LogicReasoning: { problem_type: detail.problemType || null, complexity: detail.complexity } };
    case "GeneralTask":
      return { GeneralTask: { category: detail.category, subcategory: detail.subcategory || null } };
  }
}
