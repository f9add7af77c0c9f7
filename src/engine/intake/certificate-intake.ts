import { toHex } from "../../protocol/bytes.js";
import { certificateId, decodeList, listValue, type VerdictList } from "../../protocol/certificate.js";
import { type CertificateRefusal, openCertificate } from "../../protocol/certificate-check.js";
import { decodeEnvelope, MessageType, payloadOf } from "../../protocol/envelope.js";
import { dayOf, windowOf } from "../../protocol/membership.js";
import type { TaskRef } from "../../protocol/records.js";
import { certificateStrand } from "../../protocol/strand.js";
import { decodeCertificate } from "../../protocol/verdict-messages.js";
import type { Context } from "../context.js";
import type { CertificateFact } from "../fold/index.js";
import type { RecordSet } from "../set/index.js";
import type { MemberEntry, StoredMember } from "../writes.js";
import type { Admission } from "./admission.js";
import type { OpenCertificate, Outcome, Settled } from "./bundle-state.js";
import type { Candidate } from "./judge.js";

type CertificateCandidate = Extract<Candidate, { kind: "certificate" }>;

export interface CertificatePorts {
  readonly context: Context;
  readonly set: RecordSet;
  readonly admission: Admission;
}

/** Checks certificates and admits those that hold (protocol.md, Certificate). */
export class CertificateIntake {
  readonly #ports: CertificatePorts;

  constructor(ports: CertificatePorts) {
    this.#ports = ports;
  }

  /** All checks but the signatures of the commits. */
  open(candidate: CertificateCandidate, envelope: Uint8Array): Outcome {
    const opened = this.#open(candidate, envelope);
    return opened.kind === "certificate" ? { kind: "waiting", proof: opened } : opened;
  }

  /** Admits a certificate that this node made from verified votes. */
  own(candidate: CertificateCandidate, envelope: Uint8Array): Settled {
    const opened = this.#open(candidate, envelope);
    return opened.kind === "certificate" ? this.settle(opened, true) : opened;
  }

  /** `valid`: the signatures of all commits hold; undefined: they were not verified. */
  settle({ entry, fact, envelope }: OpenCertificate, valid: boolean | undefined): Settled {
    if (valid === undefined) return { kind: "ignored", code: "kernel_failed", remember: false };
    if (!valid) return { kind: "bad", code: "bad_certificate" };
    return this.#ports.admission.admitCertificate(entry, fact, envelope);
  }

  #open({ id, sender, certificate }: CertificateCandidate, envelope: Uint8Array): OpenCertificate | Settled {
    const { context, set } = this.#ports;
    const { identity, blake3, nowSeconds, facts } = context;
    const { network, rules, genesis } = identity;
    const { task } = certificate;
    if (!context.taskTypes.includes(task.taskType)) return { kind: "ignored", code: "not_allowed", remember: true };
    if (dayOf(task.t0) < dayOf(nowSeconds) - rules.horizonDays) {
      return { kind: "ignored", code: "past_horizon", remember: true };
    }
    if (set.has(id)) return { kind: "ignored", code: "already_known", remember: false };
    const rosters = { network, rosters: facts?.rosters ?? [], rosterMax: rules.rosterMax };
    const opened = openCertificate(blake3, genesis, rosters, payloadOf(envelope));
    if (!opened.ok) return refused(opened.refusal, facts !== undefined);
    const { certified, commits } = opened.value;
    const { submissionId, value, n, sum, sumOfSquares } = certified;
    const entry = entryOf(context, id, sender, task);
    const fact = { id, submissionId, value, n, sum, sumOfSquares };
    return { kind: "certificate", id, entry, fact, commits, envelope };
  }
}

/** Only a certificate under a roster that this node has is a fault of its sender: others may have another roster. */
function refused(refusal: CertificateRefusal, rostersKnown: boolean): Settled {
  return refusal === "wrong_roster"
    ? { kind: "ignored", code: "no_roster", remember: rostersKnown }
    : { kind: "bad", code: "bad_certificate" };
}

/** The index entry of a certificate. Its time is that of its task. */
function entryOf({ identity: { rules } }: Context, id: string, author: string, task: TaskRef): MemberEntry {
  return {
    id,
    type: MessageType.Certificate,
    author,
    strand: certificateStrand(task, rules.shards),
    window: windowOf(task.t0, rules),
    timestampSeconds: task.t0,
    number: 0,
    taskId: task.taskId,
  };
}

function factOf(id: string, value: string, { submissionId, validations }: VerdictList): CertificateFact {
  const scores = validations.map(({ score }) => score);
  return {
    id,
    submissionId,
    value,
    n: scores.length,
    sum: scores.reduce((sum, score) => sum + score, 0),
    sumOfSquares: scores.reduce((sum, score) => sum + score * score, 0),
  };
}

/** Reads a stored certificate, which was verified before it was stored; undefined when it is unreadable. */
export function readCertificate(
  { blake3, identity }: Pick<Context, "blake3" | "identity">,
  { envelope }: Pick<StoredMember, "envelope">,
): CertificateFact | undefined {
  const { network, rules, genesis } = identity;
  const decoded = decodeEnvelope(envelope, { network, payloadLimits: rules.payloadLimits });
  const certificate = decoded.ok ? decodeCertificate(decoded.value.payload) : decoded;
  const list = certificate.ok ? decodeList(certificate.value.list) : certificate;
  if (!list.ok || !certificate.ok) return undefined;
  const value = listValue(blake3, certificate.value.list);
  return factOf(toHex(certificateId(blake3, genesis, value)), toHex(value), list.value);
}
