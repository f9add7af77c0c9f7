import type { EquivocatedPair, TaskRecord } from "../set/index.js";
import { type FoldedTask, hasRef, isSubmission, isValidation, type Submission, submissionStands } from "./task-fold.js";

/** Why a held submission does not count: the rule that excludes it (protocol.md, "Meaning"). */
export type UncountedReason =
  /** The announcement is not held, or its slot is equivocated: nothing counts in the task. */
  | "no_task"
  /** Rule 1: its slot holds two records. */
  | "slot_equivocated"
  /** Rule 2: it names another task type or time, or lies in another strand. */
  | "wrong_reference"
  /** Rule 3: its author contradicted itself in the task. */
  | "author_excluded"
  /** Rule 4: dated after the deadline. */
  | "late"
  /** Rule 4: by the publisher. */
  | "own_task"
  /** Rule 5: the author has an earlier submission with the same meaning. */
  | "repeated"
  /** Rule 6: max_participants submissions are accepted before it. */
  | "above_max_participants";

export interface UncountedSubmission {
  readonly id: string;
  readonly submitter: string;
  readonly timestampSeconds: number;
  readonly reason: UncountedReason;
}

/** A held validation by an author that the task excludes. */
export interface ExcludedValidation {
  readonly id: string;
  readonly submissionId: string;
  readonly validator: string;
  readonly score: number;
  readonly timestampSeconds: number;
}

/** The held records of a task that do not count. */
export interface Uncounted {
  readonly submissions: readonly UncountedSubmission[];
  readonly validations: readonly ExcludedValidation[];
}

/** The validations of a task by excluded authors, ascending by id. */
export function excludedValidations(
  records: readonly TaskRecord[],
  { excludedAuthors }: Pick<FoldedTask, "excludedAuthors">,
): ExcludedValidation[] {
  const excluded = new Set(excludedAuthors.map(({ author }) => author));
  return records
    .filter(isValidation)
    .filter(({ author }) => excluded.has(author))
    .map(({ id, author, timestampSeconds, payload: { submissionId, score } }) => ({
      id,
      submissionId,
      validator: author,
      score,
      timestampSeconds,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The submissions of a task that do not count, each with the first rule that excludes it; ascending by id. */
export function uncountedSubmissions(
  records: readonly TaskRecord[],
  folded: FoldedTask,
  equivocatedPair: (id: string) => EquivocatedPair | undefined,
): UncountedSubmission[] {
  const counted = new Set(folded.submissions.map(({ id }) => id));
  const accepted = new Set(folded.submissions.map(({ submitter }) => submitter));
  const equivocators = new Set(folded.excludedAuthors.map(({ author }) => author));
  const reasonOf = (record: Submission): UncountedReason => {
    const { announcement } = folded;
    if (announcement === undefined) return "no_task";
    if (equivocatedPair(record.id) !== undefined) return "slot_equivocated";
    if (record.strand !== folded.strand || !hasRef(record, folded.task)) return "wrong_reference";
    if (equivocators.has(record.author)) return "author_excluded";
    if (record.author === announcement.author) return "own_task";
    if (!submissionStands(record, announcement)) return "late";
    return accepted.has(record.author) ? "repeated" : "above_max_participants";
  };
  return records
    .filter(isSubmission)
    .filter(({ id }) => !counted.has(id))
    .map((record) => ({
      id: record.id,
      submitter: record.author,
      timestampSeconds: record.timestampSeconds,
      reason: reasonOf(record),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
