import { taskTypeName } from "../../protocol/enumerations.js";
import type { ErrorDetails, ReasonCode } from "../../protocol/errors.js";
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
  readonly firstHeldSeconds?: number | undefined;
}

/** Why a draft is not signed. */
export interface OwnRefusal {
  readonly code: ReasonCode;
  /** Limits and ids, for the caller. */
  readonly details?: ErrorDetails;
}

function refused(code: ReasonCode, details?: ErrorDetails): OwnRefusal {
  return details === undefined ? { code } : { code, details };
}

/** What a node holds, as far as a draft depends on it. */
export interface DraftWorld {
  readonly tracker: ConsensusTracker;
  readonly context: { readonly taskTypes: readonly number[]; readonly identity: { readonly rules: NetworkRules } };
  /** When this node first held a submission, unix seconds. */
  readonly admission: { firstHeldSeconds(submissionId: string): number | undefined };
}

/** {@link checkOwn} for this node: the draft is also refused if the node does not hold tasks of its type. */
export function checkDraft(
  { tracker, context, admission }: DraftWorld,
  { author, payload }: Pick<OwnDraft, "author" | "payload">,
  nowSeconds: number,
): OwnRefusal | undefined {
  const { taskType } = payload.kind === "task" ? payload : payload.task;
  if (!context.taskTypes.includes(taskType)) return refused("type_not_held", { task_type: taskTypeName(taskType) });
  const held = payload.kind === "validation" ? admission.firstHeldSeconds(payload.submissionId) : undefined;
  const draft = { author, payload, firstHeldSeconds: held };
  return checkOwn(tracker, context.identity.rules, draft, nowSeconds);
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
): OwnRefusal | undefined {
  const { payload } = draft;
  if (payload.kind === "task") {
    const latest = nowSeconds + rules.deadlineMaxDays * DAY_SECONDS;
    const fits = payload.deadlineSeconds > nowSeconds && payload.deadlineSeconds <= latest;
    return fits ? undefined : refused("bad_deadline");
  }
  const { taskId } = payload.task;
  const view = tracker.isStale(taskId) ? undefined : tracker.view(taskId, nowSeconds);
  if (view === undefined) return refused("not_found");
  const { announcement, status } = view;
  // Cancelled: the announcement counts no longer and the task takes no answers. Otherwise the announcement is not held
  // yet.
  if (announcement === undefined) return refused(status === "Cancelled" ? "task_cancelled" : "not_found");
  if (announcement.payload.kind !== "task") return refused("not_found");
  if (!isSameRef(payload.task, view)) return refused("bad_parameters");
  if (nowSeconds > view.t0 + rules.taskMaxAgeDays * DAY_SECONDS) return refused("outside_task_max_age");
  if (status === "Cancelled") return refused("task_cancelled");
  const { author: publisher } = announcement;
  const own: OwnCase = { draft, tracker, view, publisher, terms: announcement.payload, nowSeconds };
  switch (payload.kind) {
    case "cancel":
      if (draft.author !== publisher) return refused("not_publisher", { publisher });
      if (view.submissions.length > 0) return refused("has_submissions", { submissions: view.submissions.length });
      return view.final ? refused("task_over", { deadline: announcement.payload.deadlineSeconds }) : undefined;
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

function checkSubmission(payload: SubmissionPayload, own: OwnCase): OwnRefusal | undefined {
  const { draft, view, publisher, terms, nowSeconds } = own;
  if (nowSeconds > terms.deadlineSeconds) return refused("task_over", { deadline: terms.deadlineSeconds });
  if (draft.author === publisher) return refused("own_task");
  if (isExcluded(view, draft.author)) return refused("author_excluded");
  const held = recordOnSubject(payload, own);
  return held === undefined ? undefined : refused("already_submitted", { record: held });
}

function checkValidation(payload: ValidationPayload, own: OwnCase, rules: NetworkRules): OwnRefusal | undefined {
  const { draft, view, publisher, terms, nowSeconds } = own;
  const { author, firstHeldSeconds = nowSeconds } = draft;
  const windowEnd = terms.deadlineSeconds + rules.validationWindowSeconds;
  if (nowSeconds > windowEnd) return refused("validation_over", { window_end: windowEnd });
  const submission = view.submissions.find(({ id }) => id === payload.submissionId);
  if (submission === undefined) return refused("not_found");
  if (author === publisher) return refused("own_task");
  if (author === submission.submitter) return refused("own_submission");
  if (isExcluded(view, author)) return refused("author_excluded");
  const latest = terms.deadlineSeconds + FIRST_HELD_GRACE_SECONDS;
  if (firstHeldSeconds > latest) return refused("first_held_late", { first_held: firstHeldSeconds, latest });
  const held = recordOnSubject(payload, own);
  return held === undefined ? undefined : refused("already_validated", { record: held });
}

function isSameRef(ref: TaskRef, view: TaskView): boolean {
  return ref.taskType === view.taskType && ref.t0 === view.t0;
}

function isExcluded(view: TaskView, author: string): boolean {
  return view.excludedAuthors.some((entry) => entry.author === author);
}

/** Id of a held record by the author on the same subject, counted or not. */
function recordOnSubject(payload: RecordPayload, { draft, tracker, view }: OwnCase): string | undefined {
  const subject = subjectOf(payload);
  return tracker
    .records(view.taskId)
    .find(
      ({ author, payload: held }) =>
        author === draft.author && held.kind === payload.kind && subjectOf(held) === subject,
    )?.id;
}
