import { type ErrorDetails, NetworkError, type ReasonCode } from "../../protocol/errors.js";
import { utcTime } from "../../storage/index.js";
import { PROGRAM_MADE_SECONDS } from "../faults/index.js";

/** Reasons as text, for the caller of a publishing method. */
const TEXTS: Partial<Record<ReasonCode, string>> = {
  not_found: "the node does not know the task or submission",
  own_task: "this author published the task: it neither submits to it nor validates in it",
  own_submission: "this author submitted the answer: another author validates it",
  not_publisher: "another author published the task: only its publisher cancels it",
  author_excluded: "this author is excluded from the task by an equivocation: ai_get_task_details has the proof",
  already_submitted: "this author has already submitted to this task",
  already_validated: "this author has already validated this submission",
  has_submissions: "a submission counts: the task can't be cancelled any more",
  task_over: "the deadline of the task is over",
  task_cancelled: "the task is cancelled, or its announcement counts no longer",
  validation_over: "the time in which validations of this task count is over",
  first_held_late: "this node received the submission too long after the deadline to validate it",
  type_not_held: "this node does not hold tasks of this type (the option taskTypes)",
  unknown_author: "the author is not in the registry",
  storage_failed:
    "the disk refuses writes: the node keeps the record and publishes it later; " +
    "ask again with the same idempotency key",
  storage_full: "this node has no room for another record",
  kernel_failed: "the kernel failed on the record",
  stopped: "the node stops: the record is published at its next start",
};

/** A date, or the number for seconds beyond the range of dates: a caller may give any u48. */
export function showSeconds(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace(".000Z", "Z");
}

/** The error of a record that was not published. */
export function refusal(code: ReasonCode, details?: ErrorDetails): NetworkError {
  const text = TEXTS[code] ?? `the record was refused: ${code}`;
  return new NetworkError(code, text, details === undefined ? {} : { details });
}

/** A copied data directory has the same author keys. Records of both nodes would contradict each other. */
export function peerIdDoubled(what: string): NetworkError {
  return new NetworkError(
    "peer_id_in_use",
    `${what}. Its author keys are likely copied, too: this node signs nothing until a peer accepts it. ` +
      "Stop one of the two nodes; in a copied data directory remove libp2p.key and make new keys " +
      "(tos-ai-sync key new <name>). If there is no second node, name another peer in the option bootstrap, " +
      "or remove libp2p.key and restart",
  );
}

/** Peers would refuse such a record as too old, and its number would be used up. */
export function clockUnset(nowSeconds: number): NetworkError {
  return new NetworkError(
    "clock_behind",
    `this machine's clock says ${utcTime(nowSeconds)}, which is before this program was made: ` +
      "set it (run NTP: timedatectl set-ntp true)",
    { details: { signs_again_at: PROGRAM_MADE_SECONDS, clock: nowSeconds } },
  );
}
