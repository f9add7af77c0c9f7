import type { SubmissionDraft, TaskDraft, ValidationDraft } from "../control.js";
import { parseWith } from "./fields.js";
import { publishTaskParams, submitSolutionParams, validateSubmissionParams } from "./publish-params.js";

/**
 * Drafts for NodeControl out of the JSON that the API's methods take (docs/api.md), defaults filled in. For programs that
 * embed a node. `bad_parameters` names the first field that is wrong.
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
