import type { ReasonCode } from "../../protocol/errors.js";
import type {
  RecordPayload,
  SubmissionPayload,
  TaskPayload,
  TaskRef,
  ValidationPayload,
} from "../../protocol/records.js";
import { DAY_SECONDS, type NetworkRules } from "../../protocol/rules.js";
import type { ConsensusTracker } from "./consensus-tracker.js";
import { subjectOf } from "./equivocators.js";
import type { TaskView } from "./views.js";

/**
 * A node signs no validation of a submission that it first held later than this after the deadline. So the author of a
 * backdated copy of an answer gains nothing (protocol.md, "Meaning"). Equals the time in which gossip accepts a record.
 */
const FIRST_HELD_GRACE_SECONDS = 1200;

/** A draft that a local program wants signed. */
export interface OwnDraft {
  /** Hex. */
  readonly author: string;
  readonly payload: RecordPayload;
  /** Of a validation: when this node first held its submission, unix seconds. */
  readonly firstHeldSeconds?: number;
}

/**
 * Checks a draft before it is signed: the record would count if every node held the records of this one. Returns the
 * reason if not. Membership (quota, slot, registry) and signing safety are checked elsewhere; records of peers never
 * pass here. Also `not_found` for a stale closed task: load it first.
 */
export function checkOwn(
  tracker: ConsensusTracker,
  rules: NetworkRules,
  draft: OwnDraft,
  nowSeconds: number,
): ReasonCode | undefined {
  const { payload } = draft;
  if (payload.kind === "task") {
    const latest = nowSeconds + rules.deadlineMaxDays * DAY_SECONDS;
    return payload.deadlineSeconds <= nowSeconds || payload.deadlineSeconds > latest ? "bad_deadline" : undefined;
  }
  const { taskId } = payload.task;
  const view = tracker.isStale(taskId) ? undefined : tracker.view(taskId, nowSeconds);
  if (view === undefined) return "not_found";
  const { announcement, status } = view;
  // Cancelled: the announcement counts no longer and the task takes no answers. Otherwise the announcement is not held
  // yet.
  if (announcement === undefined) return status === "Cancelled" ? "task_over" : "not_found";
  if (announcement.payload.kind !== "task") return "not_found";
  if (!isSameRef(payload.task, view)) return "bad_parameters";
  if (nowSeconds > view.t0 + rules.taskMaxAgeDays * DAY_SECONDS) return "outside_task_max_age";
  if (status === "Cancelled") return "task_over";
  const { author: publisher } = announcement;
  const own: OwnCase = { draft, tracker, view, publisher, terms: announcement.payload, nowSeconds };
  switch (payload.kind) {
    case "cancel":
      if (draft.author !== publisher) return "not_allowed";
      return view.submissions.length > 0 || view.final ? "task_over" : undefined;
    case "submission":
      return checkSubmission(payload, own);
    case "validation":
      return checkValidation(payload, own, rules);
  }
}

interface OwnCase {
  readonly draft: OwnDraft;
  readonly tracker: ConsensusTracker;
  readonly view: TaskView;
  readonly publisher: string;
  readonly terms: TaskPayload;
  readonly nowSeconds: number;
}

function checkSubmission(payload: SubmissionPayload, own: OwnCase): ReasonCode | undefined {
  const { draft, view, publisher, terms, nowSeconds } = own;
  if (nowSeconds > terms.deadlineSeconds) return "task_over";
  if (draft.author === publisher || isExcluded(view, draft.author)) return "not_allowed";
  return hasRecordOnSubject(payload, own) ? "subject_used" : undefined;
}

function checkValidation(payload: ValidationPayload, own: OwnCase, rules: NetworkRules): ReasonCode | undefined {
  const { draft, view, publisher, terms, nowSeconds } = own;
  const { author, firstHeldSeconds = nowSeconds } = draft;
  if (nowSeconds > terms.deadlineSeconds + rules.validationWindowSeconds) return "task_over";
  const submission = view.submissions.find(({ id }) => id === payload.submissionId);
  if (submission === undefined) return "not_found";
  if (author === publisher || author === submission.submitter || isExcluded(view, author)) return "not_allowed";
  if (firstHeldSeconds > terms.deadlineSeconds + FIRST_HELD_GRACE_SECONDS) return "stale";
  return hasRecordOnSubject(payload, own) ? "subject_used" : undefined;
}

function isSameRef(ref: TaskRef, view: TaskView): boolean {
  return ref.taskType === view.taskType && ref.t0 === view.t0;
}

function isExcluded(view: TaskView, author: string): boolean {
  return view.excludedAuthors.some((entry) => entry.author === author);
}

/** Whether a record by the author on the same subject is held, counted or not. */
function hasRecordOnSubject(payload: RecordPayload, { draft, tracker, view }: OwnCase): boolean {
  const subject = subjectOf(payload);
  return tracker
    .records(view.taskId)
    .some(
      ({ author, payload: held }) =>
        author === draft.author && held.kind === payload.kind && subjectOf(held) === subject,
    );
}
