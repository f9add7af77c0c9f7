import { toHex } from "./bytes.js";
import { create, decodeMessage, encodeMessage, seconds, wireSeconds } from "./canonical.js";
import { type Certificate, type CertificateCommit, COMMITS_MAX, readCertificate } from "./certificate-reader.js";
import { decodeEnvelope, type Envelope, type EnvelopeLimits, headOf, recordId, SIGNATURE_BYTES } from "./envelope.js";
import { fail, ok, type Result } from "./errors.js";
import {
  Certificate_CommitSchema,
  CertificateSchema,
  ConsensusVoteSchema,
  FraudAlertSchema,
} from "./generated/payload_pb.js";
import type { Blake3 } from "./hash.js";
import { hashBytes, hashText, readRef, type TaskRef, wireRef } from "./records.js";

export type { Certificate, CertificateCommit } from "./certificate-reader.js";

/** Type 6 (protocol.md, Vote). */
export interface ConsensusVote {
  readonly kind: "vote";
  readonly task: TaskRef;
  readonly submissionId: string;
  readonly roster: string;
  /** 0..65535 */
  readonly round: number;
  readonly step: "prepare" | "commit";
  /**
   * Round of the held prepare quorum + 1, or 0. A commit has 0. At most round + 1: a member that is late in its round
   * may have seen the quorum of that round before it prepares.
   */
  readonly held: number;
  readonly value: string;
}

/** Type 7: two envelopes that contradict each other, lower record id first (protocol.md, FraudAlert). */
export interface FraudAlert {
  readonly kind: "alert";
  /** 1 slot, 2 subject, 3 vote, 4 broken lock */
  readonly alertKind: 1 | 2 | 3 | 4;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

export function decodeVote(bytes: Uint8Array): Result<ConsensusVote> {
  const decoded = decodeMessage(ConsensusVoteSchema, bytes);
  if (!decoded.ok) return decoded;
  const wire = decoded.value;
  const task = readRef(wire.task);
  const submissionId = hashText(wire.submissionId);
  const roster = hashText(wire.roster);
  const value = hashText(wire.value);
  if (task === undefined || submissionId === undefined || roster === undefined || value === undefined) {
    return fail("payload_out_of_range");
  }
  if (wire.round > 65_535 || wire.step > 1 || wire.held > (wire.step === 1 ? 0 : wire.round + 1)) {
    return fail("payload_out_of_range");
  }
  const step = wire.step === 0 ? "prepare" : "commit";
  return ok({ kind: "vote", task, submissionId, roster, round: wire.round, step, held: wire.held, value });
}

export function encodeVote(vote: Omit<ConsensusVote, "kind">): Uint8Array {
  return encodeMessage(
    ConsensusVoteSchema,
    create(ConsensusVoteSchema, {
      task: wireRef(vote.task),
      submissionId: hashBytes(vote.submissionId),
      roster: hashBytes(vote.roster),
      round: vote.round,
      step: vote.step === "prepare" ? 0 : 1,
      held: vote.held,
      value: hashBytes(vote.value),
    }),
  );
}

/** Checks the form of an alert only. {@link openAlert} and the engine check its proof. */
export function decodeAlert(bytes: Uint8Array): Result<FraudAlert> {
  const decoded = decodeMessage(FraudAlertSchema, bytes);
  if (!decoded.ok) return decoded;
  const { kind, first, second } = decoded.value;
  if ((kind !== 1 && kind !== 2 && kind !== 3 && kind !== 4) || first.length === 0 || second.length === 0) {
    return fail("payload_out_of_range");
  }
  return ok({ kind: "alert", alertKind: kind, first, second });
}

export function encodeAlert(alert: Omit<FraudAlert, "kind">): Uint8Array {
  return encodeMessage(
    FraudAlertSchema,
    create(FraudAlertSchema, { kind: alert.alertKind, first: alert.first, second: alert.second }),
  );
}

/** The two envelopes inside an alert, with their record ids in hex. */
export interface OpenedAlert {
  readonly first: Envelope;
  readonly second: Envelope;
  readonly firstId: string;
  readonly secondId: string;
}

/**
 * All checks of an alert that need its bytes only, except the two signatures: both envelopes have a valid layout, one
 * sender and one type, and are in the order of their different ids.
 */
export function openAlert(
  blake3: Blake3,
  genesis: Uint8Array,
  limits: EnvelopeLimits,
  alert: FraudAlert,
): Result<OpenedAlert> {
  const first = decodeEnvelope(alert.first, limits);
  const second = decodeEnvelope(alert.second, limits);
  if (!first.ok || !second.ok) return fail("alert_does_not_hold");
  const firstId = toHex(recordId(blake3, genesis, headOf(alert.first)));
  const secondId = toHex(recordId(blake3, genesis, headOf(alert.second)));
  const oneSender = toHex(first.value.sender) === toHex(second.value.sender);
  if (firstId >= secondId || !oneSender || first.value.type !== second.value.type) return fail("alert_does_not_hold");
  return ok({ first: first.value, second: second.value, firstId, secondId });
}

export function decodeCertificate(bytes: Uint8Array): Result<Certificate> {
  const read = readCertificate(bytes);
  return read === undefined ? decodeBySchema(bytes) : ok(read);
}

/** The same by the library, which finds the reason of a refusal. */
function decodeBySchema(bytes: Uint8Array): Result<Certificate> {
  const decoded = decodeMessage(CertificateSchema, bytes);
  if (!decoded.ok) return decoded;
  const wire = decoded.value;
  const task = readRef(wire.task);
  if (task === undefined || wire.round > 65_535 || wire.list.length === 0) return fail("payload_out_of_range");
  if (wire.commits.length < 1 || wire.commits.length > COMMITS_MAX) return fail("payload_out_of_range");
  const commits: CertificateCommit[] = [];
  let last = -1;
  for (const commit of wire.commits) {
    const timestampSeconds = seconds(commit.timestamp);
    if (
      timestampSeconds === undefined ||
      commit.rosterIndex <= last ||
      commit.rosterIndex >= COMMITS_MAX ||
      commit.signature.length !== SIGNATURE_BYTES
    ) {
      return fail("payload_out_of_range");
    }
    last = commit.rosterIndex;
    commits.push({ rosterIndex: commit.rosterIndex, timestampSeconds, signature: commit.signature });
  }
  return ok({ kind: "certificate", task, list: wire.list, round: wire.round, commits });
}

/**
 * How the commits of a certificate follow each other, before its other checks: `doubled` if two adjacent ones have one
 * roster index. Anything that can't be read is `other`.
 */
export function commitOrder(bytes: Uint8Array): "doubled" | "other" {
  const decoded = decodeMessage(CertificateSchema, bytes);
  if (!decoded.ok) return "other";
  const { commits } = decoded.value;
  const isDoubled = commits.some((commit, i) => i > 0 && commit.rosterIndex === commits[i - 1]?.rosterIndex);
  return isDoubled ? "doubled" : "other";
}

export function encodeCertificate(certificate: Omit<Certificate, "kind">): Uint8Array {
  return encodeMessage(
    CertificateSchema,
    create(CertificateSchema, {
      task: wireRef(certificate.task),
      list: certificate.list,
      round: certificate.round,
      commits: certificate.commits.map((commit) =>
        create(Certificate_CommitSchema, {
          rosterIndex: commit.rosterIndex,
          timestamp: wireSeconds(commit.timestampSeconds),
          signature: commit.signature,
        }),
      ),
    }),
  );
}
