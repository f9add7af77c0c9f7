import { toHex } from "../../protocol/bytes.js";
import { type Envelope, MessageType } from "../../protocol/envelope.js";
import { slotKey } from "../../protocol/membership.js";
import { decodePayload, type Payload } from "../../protocol/message.js";
import type { RecordPayload, TaskRef } from "../../protocol/records.js";
import type { NetworkRules } from "../../protocol/rules.js";
import { recordStrand, taskOf } from "../../protocol/strand.js";
import type { ConsensusVote, FraudAlert, OpenedAlert } from "../../protocol/verdict-messages.js";
import { meaningOf, subjectOf } from "../fold/index.js";

function isRecord(payload: Payload): payload is RecordPayload {
  const { kind } = payload;
  return kind === "task" || kind === "cancel" || kind === "submission" || kind === "validation";
}

function sameTask(a: TaskRef, b: TaskRef): boolean {
  return a.taskId === b.taskId && a.taskType === b.taskType && a.t0 === b.t0;
}

function slotOfEnvelope(envelope: Envelope, id: string, payload: RecordPayload, rules: NetworkRules): string {
  const strand = recordStrand(taskOf(payload, id, envelope.timestampSeconds), rules.shards);
  return slotKey(toHex(envelope.sender), envelope, strand);
}

/** The same subject and task reference with different meaning, as in the fold. */
function contradicts(first: RecordPayload, second: RecordPayload): boolean {
  if (first.kind === "task" || first.kind !== second.kind) return false;
  const subject = subjectOf(first);
  if (subject === undefined || subject !== subjectOf(second) || !sameTask(first.task, second.task)) return false;
  return meaningOf(first) !== meaningOf(second);
}

/** The fields of a vote that an alert is judged by. */
type Ballot = Omit<ConsensusVote, "kind" | "task">;

function sameBallot(a: Ballot, b: Ballot): boolean {
  return a.submissionId === b.submissionId && a.roster === b.roster;
}

function doubleVote(a: Ballot, b: Ballot): boolean {
  return sameBallot(a, b) && a.round === b.round && a.step === b.step && a.value !== b.value;
}

/** A commit to value v in round r, and a prepare of another value in a later round that proves no lock newer than r. */
function brokenLock(commit: Ballot, prepare: Ballot): boolean {
  if (commit.step !== "commit" || prepare.step !== "prepare" || !sameBallot(commit, prepare)) return false;
  return prepare.round > commit.round && prepare.value !== commit.value && prepare.held <= commit.round + 1;
}

/** The kind of alert that two votes of one voter prove; undefined if they do not contradict each other. */
export function votesProve(a: Ballot, b: Ballot): 3 | 4 | undefined {
  if (doubleVote(a, b)) return 3;
  return brokenLock(a, b) || brokenLock(b, a) ? 4 : undefined;
}

/**
 * Checks an alert (protocol.md, FraudAlert) except its two inner signatures. Depends on its bytes only, so all nodes
 * agree. Returns the decoded payloads of its two envelopes; undefined when the alert does not hold.
 */
export function alertHolds(
  alert: FraudAlert,
  opened: OpenedAlert,
  rules: NetworkRules,
): readonly [Payload, Payload] | undefined {
  const { type } = opened.first;
  const first = decodePayload(type, opened.first.payload);
  const second = decodePayload(type, opened.second.payload);
  if (!first.ok || !second.ok) return undefined;
  return proves(alert.alertKind, opened, first.value, second.value, rules) ? [first.value, second.value] : undefined;
}

function proves(
  kind: FraudAlert["alertKind"],
  opened: OpenedAlert,
  a: Payload,
  b: Payload,
  rules: NetworkRules,
): boolean {
  const { first, second, firstId, secondId } = opened;
  switch (kind) {
    case 1:
      if (first.type > MessageType.ValidationAnnouncement || !isRecord(a) || !isRecord(b)) return false;
      return slotOfEnvelope(first, firstId, a, rules) === slotOfEnvelope(second, secondId, b, rules);
    case 2:
      return isRecord(a) && isRecord(b) && contradicts(a, b);
    case 3:
      return a.kind === "vote" && b.kind === "vote" && doubleVote(a, b);
    case 4:
      return a.kind === "vote" && b.kind === "vote" && (brokenLock(a, b) || brokenLock(b, a));
  }
}

/**
 * The case of an alert: a slot, a subject, or a submission voted on, with the author. One proof for each case is
 * enough: each further record in a slot would make a new pair, and each pair would go to every node.
 */
export function alertCase(
  alert: FraudAlert,
  { first, firstId }: OpenedAlert,
  payload: Payload,
  rules: NetworkRules,
): string {
  const equivocator = toHex(first.sender);
  if (payload.kind === "vote") return voteCase(equivocator, payload.submissionId);
  if (!isRecord(payload)) return `pair:${equivocator}:${firstId}`;
  if (alert.alertKind === 1) return slotCase(slotOfEnvelope(first, firstId, payload, rules));
  return `subject:${equivocator}:${payload.kind}:${subjectOf(payload) ?? firstId}`;
}

/** The case of a voter that contradicts itself in the vote on a submission. */
export function voteCase(voter: string, submissionId: string): string {
  return `vote:${voter}:${submissionId}`;
}

/** The case of an equivocated slot ({@link slotKey}). */
export function slotCase(slot: string): string {
  return `slot:${slot}`;
}

/** The tasks that a pair of records names, from which their author is excluded: one, or two when a slot holds both. */
export function tasksOf(opened: OpenedAlert, [a, b]: readonly [Payload, Payload]): readonly string[] {
  const first = taskNamed(a, opened.firstId);
  const second = taskNamed(b, opened.secondId);
  return first === second ? [first] : [first, second];
}

function taskNamed(payload: Payload, id: string): string {
  return "task" in payload && payload.task !== undefined ? payload.task.taskId : id;
}

/** The key of an alert: its pair of record ids, lower first. */
export function alertKey({ firstId, secondId }: Pick<OpenedAlert, "firstId" | "secondId">): string {
  return `${firstId}${secondId}`;
}
