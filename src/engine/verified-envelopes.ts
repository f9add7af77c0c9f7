import { MessageType } from "../protocol/envelope.js";
import { alertsTopic } from "../protocol/strand.js";
import type { ScanRow } from "../protocol/table.js";
import type { BallotBox } from "./ballots/index.js";
import type { Context } from "./context.js";
import type { Source } from "./events.js";
import type { GossipManager } from "./gossip-manager.js";
import {
  type Admission,
  type Candidate,
  type CertificateIntake,
  type EarlyRecords,
  type Outcome,
  type PendingProof,
  type Settled,
  topicOf,
  type VerdictIntake,
  type VerifiedSink,
} from "./intake/index.js";
import { ANNOUNCEMENTS } from "./metrics.js";
import type { PeerScoring } from "./peers/index.js";
import type { RecordSet } from "./set/index.js";
import type { Exchanges } from "./sync/index.js";

export interface VerifiedParts {
  readonly context: Context;
  readonly set: RecordSet;
  readonly ballots: BallotBox;
  readonly early: EarlyRecords;
  readonly gossip: GossipManager;
  readonly admission: Admission;
  readonly verdicts: VerdictIntake;
  readonly certificates: CertificateIntake;
  readonly scoring: PeerScoring;
  readonly exchanges: Exchanges;
}

/** Passes each verified envelope to the part that handles its kind, and publishes this node's own records. */
export class VerifiedEnvelopes implements VerifiedSink {
  readonly #parts: VerifiedParts;

  constructor(parts: VerifiedParts) {
    this.#parts = parts;
  }

  isKnown({ recordId, type }: ScanRow): boolean {
    const { ballots, set, early } = this.#parts;
    if (type === MessageType.ConsensusVote) return ballots.has(recordId);
    return set.has(recordId) || early.has(recordId);
  }

  admit(candidate: Candidate, envelope: Uint8Array, source: Source): Outcome {
    const { verdicts, certificates, exchanges } = this.#parts;
    switch (candidate.kind) {
      case "member":
        return this.#admitRecord(candidate, envelope, source);
      case "vote":
        return this.#vote(candidate, envelope, source.kind === "own");
      case "alert":
        return verdicts.alert(candidate, envelope);
      case "certificate":
        return source.kind === "own"
          ? this.#ownCertificate(candidate, envelope)
          : certificates.open(candidate, envelope);
      case "control":
        if (source.kind !== "control") return { kind: "bad", code: "type_not_gossiped" };
        return exchanges.control(source.peer, source.requestId, candidate);
    }
  }

  #admitRecord(candidate: Extract<Candidate, { kind: "member" }>, envelope: Uint8Array, source: Source): Settled {
    const { admission, set, scoring } = this.#parts;
    const holder = source.kind === "gossip" || source.kind === "sync" ? source.peer : undefined;
    const outcome = admission.admit(candidate.entry, candidate.record, envelope, holder);
    if (source.kind !== "own") return outcome;
    if (outcome.kind === "new" || set.has(candidate.entry.id)) this.#publish(candidate, envelope);
    if (outcome.kind === "new") scoring.noteNew();
    return outcome;
  }

  #vote(candidate: Extract<Candidate, { kind: "vote" }>, envelope: Uint8Array, isOwn: boolean): Settled {
    const { context, verdicts, gossip } = this.#parts;
    const outcome = verdicts.vote(candidate, envelope, isOwn);
    if (!isOwn || outcome.kind !== "new") return outcome;
    const topic = topicOf(context, candidate.vote, candidate.id, candidate.timestampSeconds);
    if (gossip.add(topic, envelope)) context.out.count("broadcasts", "vote");
    return outcome;
  }

  #ownCertificate(candidate: Extract<Candidate, { kind: "certificate" }>, envelope: Uint8Array): Settled {
    const { context, certificates, gossip } = this.#parts;
    const outcome = certificates.own(candidate, envelope);
    if (outcome.kind !== "new") return outcome;
    const topic = topicOf(context, candidate.certificate, candidate.id, 0);
    if (gossip.add(topic, envelope)) context.out.count("broadcasts", "certificate");
    return outcome;
  }

  park(candidate: Candidate, envelope: Uint8Array, dueSeconds: number): boolean {
    return this.#parts.early.add(candidate, envelope, dueSeconds);
  }

  /** Admits and publishes the parked records whose time has come. */
  admitDue(): void {
    const { early, admission } = this.#parts;
    for (const { candidate, envelope } of early.takeDue()) {
      const outcome = admission.admit(candidate.entry, candidate.record, envelope, undefined);
      if (outcome.kind === "new") this.#publish(candidate, envelope);
    }
  }

  settleProof({ open, bundle }: PendingProof, valid: boolean | undefined): Settled {
    const { context, verdicts, certificates, gossip } = this.#parts;
    if (open.kind === "certificate") return certificates.settle(open, valid);
    const outcome = verdicts.settleAlert(open, valid);
    if (outcome.kind === "new" && bundle.source.kind === "own") {
      const added = gossip.add(alertsTopic(context.identity.network), open.envelope);
      if (added) context.out.count("broadcasts", "fraud_alert");
    }
    return outcome;
  }

  forward(topic: string, envelope: Uint8Array): void {
    this.#parts.gossip.add(topic, envelope);
  }

  /** Adds a record to this node's next bundle. An own record that is already a member is published again. */
  #publish({ record }: Extract<Candidate, { kind: "member" }>, envelope: Uint8Array): void {
    const { context, gossip } = this.#parts;
    const topic = topicOf(context, record.payload, record.id, record.timestampSeconds);
    if (gossip.add(topic, envelope)) context.out.count("broadcasts", ANNOUNCEMENTS[record.payload.kind]);
  }
}
