import type { SubmissionDraft, TaskDraft, ValidationDraft } from "../control.js";
import { parseWith } from "./fields.js";
import { publishTaskParams, submitSolutionParams, validateSubmissionParams } from "./publish-params.js";

/**
 * Drafts for NodeControl from the JSON of the API's methods (docs/api.md), with defaults. For programs that embed a
 * node. `bad_parameters` names the wrong fields.
 */
export function taskDraft(params: unknown): TaskDraft {
  return parseWith(publishTaskParams, params);
}

export function submissionDraft(params: unknown): SubmissionDraft {
  return parseWith(submitSolutionParams, params);
}

export function validationDraft(params: unknown): ValidationDraft {
  return parseWith(validateSubmissionParams, params);
}
