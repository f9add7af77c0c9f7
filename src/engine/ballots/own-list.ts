import { toHex } from "../../protocol/bytes.js";
import { encodeList, listValue, type VerdictList } from "../../protocol/certificate.js";
import type { Context } from "../context.js";
import type { FoldedTask } from "../fold/index.js";
import type { BallotList, BallotSubject, BallotTerms } from "./ballot.js";

/** The list of a submission from the own set; undefined if it does not count here. */
export function ownList(
  { blake3, identity }: Pick<Context, "blake3" | "identity">,
  folded: FoldedTask,
  { task, submissionId, roster }: BallotSubject,
  terms: BallotTerms,
): BallotList | undefined {
  const counted = folded.submissions.find(({ id }) => id === submissionId);
  if (counted === undefined) return undefined;
  const indices = new Map(terms.roster.map(({ key }, index) => [key, index]));
  const validations = [...counted.validations].flatMap(({ id, validator, score }) => {
    const rosterIndex = indices.get(validator);
    return rosterIndex === undefined ? [] : [{ rosterIndex, score, recordId: id }];
  });
  const list: VerdictList = {
    rules: toHex(identity.rulesDigest),
    roster,
    taskId: task.taskId,
    submissionId,
    publisher: terms.publisher,
    submitter: terms.submitter,
    validations: validations.sort((a, b) => a.rosterIndex - b.rosterIndex),
  };
  const bytes = encodeList(list);
  return { folded, list, bytes, value: toHex(listValue(blake3, bytes)) };
}
