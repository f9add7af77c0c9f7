import type { TaskStatus } from "../../protocol/enumerations.js";
import type { BodyRef } from "../../protocol/records.js";
import type { TaskRecord } from "../set/index.js";
import type { ValidationList } from "./validation-list.js";

export { TASK_STATUSES, type TaskStatus } from "../../protocol/enumerations.js";

/**
 * What the status of a task waits for, for display: the announcement, submissions, the deadline (or max_participants
 * accepted submissions), validations, the end of the validation window, or certificates (with a roster).
 */
export type TaskWait = "announcement" | "submissions" | "deadline" | "validations" | "window_end" | "certificates";

/** The exact sums of one submission (protocol.md, Provisional verdict). */
export interface Verdict {
  readonly n: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly weightSum: number;
  /** Sum of weight times score. */
  readonly weightedSum: number;
  readonly reached: boolean;
}

/** The fields of a certificate that verdicts need. The caller has verified the certificate under its roster. */
export interface CertificateFact {
  /** Certificate id, hex. */
  readonly id: string;
  readonly submissionId: string;
  /** H(verdict; list), hex. */
  readonly value: string;
  readonly n: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

/** A certified submission: its verdict is final, reached or not. */
export interface CertifiedVerdict extends CertificateFact {
  readonly reached: boolean;
}

/** An accepted submission that counts. */
export interface CountedSubmission {
  readonly id: string;
  readonly submitter: string;
  readonly timestampSeconds: number;
  readonly body: BodyRef;
  readonly verdict: Verdict;
  readonly validations: ValidationList;
}

/** An author whose records do not count in a task: the reason and the two record ids that prove it. */
export interface ExcludedAuthor {
  readonly author: string;
  readonly reason: "slot" | "two_submissions" | "two_validations";
  readonly proof: readonly [string, string];
}

/** One task at time T. */
export interface TaskView {
  readonly taskId: string;
  readonly taskType: number;
  readonly t0: number;
  readonly strand: string;
  /** The announcement is held, equivocated or not. */
  readonly announced: boolean;
  /** Absent while the announcement is not held or its slot is equivocated. */
  readonly announcement: TaskRecord | undefined;
  readonly status: TaskStatus;
  readonly final: boolean;
  /** What the status waits for; undefined: nothing. */
  readonly waitsFor: TaskWait | undefined;
  /** Ascending by id. */
  readonly submissions: readonly CountedSubmission[];
  /** Final verdicts by uncontested certificates, ascending by submission. */
  readonly certified: readonly CertifiedVerdict[];
  /** Submissions with certificates of different value, ascending: none is final. */
  readonly contested: readonly string[];
  /** Ascending by author. */
  readonly excludedAuthors: readonly ExcludedAuthor[];
  /** Records held of this task, counted or not. */
  readonly recordCount: number;
}
