import type { RecordPayload } from "../../protocol/records.js";
import type { EquivocatedPair, TaskRecord } from "../set/index.js";
import type { ExcludedAuthor } from "./views.js";

/** The subject of a submission or validation. Two records of one author on one subject must have the same meaning. */
export function subjectOf(payload: RecordPayload): string | undefined {
  if (payload.kind === "submission") return payload.task.taskId;
  return payload.kind === "validation" ? payload.submissionId : undefined;
}

/** The meaning of a record: the body, and of a validation the score. Timestamps, hints and kinds are not part of it. */
export function meaningOf(payload: RecordPayload): string | undefined {
  if (payload.kind === "submission") return payload.body.hash;
  return payload.kind === "validation" ? `${payload.score}:${payload.body?.hash ?? ""}` : undefined;
}

/**
 * Rule 3 of the fold. `inside`: every record that names the task in its strand; `left`: those that pass rules 1 and 2.
 * Of several equivocations of one author, the first kind and the lowest ids are reported, so that all nodes agree.
 */
export function findEquivocators(
  inside: readonly TaskRecord[],
  left: readonly TaskRecord[],
  equivocatedPair: (id: string) => EquivocatedPair | undefined,
): ExcludedAuthor[] {
  const found = new Map<string, ExcludedAuthor>();
  for (const { id, author } of inside) {
    const pair = equivocatedPair(id);
    if (pair !== undefined) note(found, { author, reason: "slot", proof: pair });
  }
  for (const excludedAuthor of contradictions(left)) note(found, excludedAuthor);
  return [...found.values()].sort((a, b) => (a.author < b.author ? -1 : a.author > b.author ? 1 : 0));
}

/** Pairs with one author, kind and subject but different meaning; at least the lowest pair of each. */
function* contradictions(records: readonly TaskRecord[]): Generator<ExcludedAuthor> {
  const suspects = ofRepeatedAuthors(records);
  if (suspects.length === 0) return;
  const lowest = new Map<string, TaskRecord>();
  const ordered = suspects.sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const record of ordered) {
    const subject = subjectOf(record.payload);
    if (subject === undefined) continue;
    const { author, payload, id } = record;
    const key = `${author}:${payload.kind}:${subject}`;
    const first = lowest.get(key);
    if (first === undefined) lowest.set(key, record);
    else if (meaningOf(first.payload) !== meaningOf(payload)) {
      const reason = payload.kind === "submission" ? "two_submissions" : "two_validations";
      yield { author, reason, proof: [first.id, id] };
    }
  }
}

/** The records of authors with more than one. Only these can contradict each other, and most authors have one. */
function ofRepeatedAuthors(records: readonly TaskRecord[]): TaskRecord[] {
  const authors = new Set<string>();
  const repeated = new Set<string>();
  for (const { author } of records) {
    if (authors.has(author)) repeated.add(author);
    else authors.add(author);
  }
  return repeated.size === 0 ? [] : records.filter(({ author }) => repeated.has(author));
}

const RANK = { slot: 0, two_submissions: 1, two_validations: 2 } as const;

function note(found: Map<string, ExcludedAuthor>, next: ExcludedAuthor): void {
  const held = found.get(next.author);
  if (held === undefined || isBefore(next, held)) found.set(next.author, next);
}

function isBefore(a: ExcludedAuthor, b: ExcludedAuthor): boolean {
  if (a.reason !== b.reason) return RANK[a.reason] < RANK[b.reason];
  return a.proof[0] === b.proof[0] ? a.proof[1] < b.proof[1] : a.proof[0] < b.proof[0];
}
