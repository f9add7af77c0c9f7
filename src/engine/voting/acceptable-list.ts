import type { VerdictList } from "../../protocol/certificate.js";

/** The own list of a submission, and since when this node has had each of its validations. */
export interface OwnList {
  readonly list: VerdictList;
  /** Unix milliseconds, by record id. */
  readonly sinceMs: ReadonlyMap<string, number>;
}

function sameSubject(a: VerdictList, b: VerdictList): boolean {
  return (
    a.rules === b.rules &&
    a.roster === b.roster &&
    a.taskId === b.taskId &&
    a.submissionId === b.submissionId &&
    a.publisher === b.publisher &&
    a.submitter === b.submitter
  );
}

/**
 * Whether the list of a leader may be prepared (protocol.md, Vote rule 2): it has only validations that count in the
 * own view, and all of those that this node has had for the length of the round or longer.
 */
export function isAcceptable(list: VerdictList, own: OwnList, roundMs: number, nowMs: number): boolean {
  if (!sameSubject(list, own.list)) return false;
  const listed = new Map(list.validations.map((validation) => [validation.recordId, validation]));
  let matched = 0;
  for (const { recordId, rosterIndex, score } of own.list.validations) {
    const other = listed.get(recordId);
    if (other !== undefined && other.rosterIndex === rosterIndex && other.score === score) matched++;
    else if (other !== undefined || nowMs - (own.sinceMs.get(recordId) ?? 0) >= roundMs) return false;
  }
  return matched === list.validations.length;
}
