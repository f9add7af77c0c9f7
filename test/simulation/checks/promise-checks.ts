import type { Workload } from "../workload/workload.js";
import type { CheckBoard } from "./check-board.js";

/**
 * Longest time of an answer to a call. A verification is given up after 60 s, and the disk may refuse writes for a
 * while before that.
 */
const ANSWER_MS = 180_000;

/** Judges what the users of all nodes were promised. */
export function checkPromises(board: CheckBoard, workload: Workload): void {
  const [violation] = workload.ledger.violations;
  const broken = (): string => `${violation?.node}: ${violation?.text}`;
  board.expect("api_promises", violation === undefined, broken, [violation?.node ?? ""]);
  const [late] = workload.unanswered(ANSWER_MS);
  const text = (): string => `${late?.node} has ${late?.calls} calls without an answer for ${ANSWER_MS / 1000} s`;
  board.expect("answers", late === undefined, text, [late?.node ?? ""]);
}
