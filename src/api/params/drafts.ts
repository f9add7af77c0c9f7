import type { SubmissionDraft, TaskDraft, ValidationDraft } from "../control.js";
import { parseWith } from "./fields.js";
import type { SubmissionInput, TaskInput, ValidationInput } from "./inputs.js";
import { publishTaskParams, submitSolutionParams, validateSubmissionParams } from "./publish-params.js";

/**
 * Drafts for NodeControl from the parameters of the API's methods (docs/api.md), with the same defaults. For programs
 * that embed a node. `bad_parameters` names the wrong fields.
 */
export function taskDraft(input: TaskInput): TaskDraft {
  return parseWith(publishTaskParams, input);
}

export function submissionDraft(input: SubmissionInput): SubmissionDraft {
  return parseWith(submitSolutionParams, input);
}

export function validationDraft(input: ValidationInput): ValidationDraft {
  return parseWith(validateSubmissionParams, input);
}
