import { toHex } from "../../protocol/bytes.js";
import { decodeEnvelope, headOf, recordId } from "../../protocol/envelope.js";
import { dayOf } from "../../protocol/membership.js";
import { decodePayload } from "../../protocol/message.js";
import { type FraudAlert, openAlert } from "../../protocol/verdict-messages.js";
import {
  type AlertMaker,
  alertCase,
  alertHolds,
  alertKey,
  type KeptAlert,
  type KeptMessages,
  type OwnEquivocations,
  tasksOf,
} from "../alerts/index.js";
import { type BallotBox, decodePoll, type Voters } from "../ballots/index.js";
import { isRegistered } from "../chain-facts.js";
import type { Context } from "../context.js";
import type { EventLog } from "../event-log.js";
import type { ConsensusTracker } from "../fold/index.js";
import type { KeptEntry } from "../writes.js";
import type { Admission } from "./admission.js";
import type { OpenAlert, Outcome, Settled } from "./bundle-state.js";
import { type Candidate, judgeEnvelope } from "./judge.js";

export interface VerdictPorts {
  readonly context: Context;
  readonly kept: KeptMessages;
  readonly ballots: BallotBox;
  readonly voters: Voters;
  readonly alertMaker: AlertMaker;
  readonly tracker: ConsensusTracker;
  readonly events: EventLog;
  readonly equivocations: OwnEquivocations;
  readonly admission: Admission;
}

/** Checks votes and alerts and keeps them beside the set. */
export class VerdictIntake {
  readonly #ports: VerdictPorts;

  constructor(ports: VerdictPorts) {
    this.#ports = ports;
  }

  /** Keeps a vote by vote rule 6. Only roster members vote; without a roster, registered authors: keys cost nothing. */
  vote(candidate: Extract<Candidate, { kind: "vote" }>, envelope: Uint8Array, isOwn: boolean): Settled {
    const { context, ballots, voters, alertMaker, tracker } = this.#ports;
    const { id, sender, vote, timestampSeconds } = candidate;
    const { task } = vote;
    if (!context.taskTypes.includes(task.taskType)) return { kind: "ignored", code: "type_not_held", remember: false };
    const time = this.#timeOf(task.t0);
    if (time !== undefined) return { kind: "ignored", code: time, remember: false };
    const roster = tracker.roster(vote.task.taskId);
    const mayVote = roster?.weights.has(sender) ?? isRegistered(context.facts?.registry, sender, timestampSeconds);
    if (!mayVote) return { kind: "ignored", code: "unknown_author", remember: false };
    const kept = { ...vote, id, voter: sender, timestampSeconds, envelope };
    // Before the vote is added: an earlier one that it contradicts may then matter no more.
    alertMaker.noticeVote(kept, ballots.votesOf(kept));
    const isNew = ballots.add(kept);
    if (isNew) voters.received(kept, isOwn);
    return isNew ? { kind: "new" } : { kind: "ignored", code: "already_known", remember: false };
  }

  /** Checks an alert by its bytes. A new one waits for the verification of its two inner signatures. */
  alert(candidate: Extract<Candidate, { kind: "alert" }>, envelope: Uint8Array): Outcome {
    // Copied: the decoded envelopes are views that would keep the whole batch in memory.
    const alert = { ...candidate.alert, first: candidate.alert.first.slice(), second: candidate.alert.second.slice() };
    const open = this.#open(candidate.id, alert, envelope);
    if (open === undefined) return { kind: "bad", code: "alert_does_not_hold" };
    if (this.#isPast(open)) return { kind: "ignored", code: "past_horizon", remember: false };
    if (!this.#isByRegistered(open)) return { kind: "ignored", code: "unknown_author", remember: false };
    const isNews = this.#ports.kept.isNews(evidence(open));
    return isNews ? { kind: "waiting", proof: open } : { kind: "ignored", code: "already_known", remember: false };
  }

  /** Keeps an alert whose two inner signatures hold. `valid` is undefined when they were not verified. */
  settleAlert(open: OpenAlert, valid: boolean | undefined): Settled {
    if (valid === undefined) return { kind: "ignored", code: "kernel_failed", remember: false };
    if (!valid) return { kind: "bad", code: "alert_does_not_hold" };
    return this.#keep(open) ? { kind: "new" } : { kind: "ignored", code: "already_known", remember: false };
  }

  /** Restores a vote, an alert or the state of an own vote from the disk. An unreadable one is left out. */
  restore(entry: KeptEntry, envelope: Uint8Array): void {
    const { context, kept, ballots, alertMaker } = this.#ports;
    const { network, rules, genesis } = context.identity;
    if (entry.kind === "voting") {
      const poll = decodePoll(envelope);
      if (poll !== undefined) this.#ports.voters.restore(poll);
      return;
    }
    const decoded = decodeEnvelope(envelope, { network, payloadLimits: rules.payloadLimits });
    if (!decoded.ok) return;
    const payload = decodePayload(decoded.value.type, decoded.value.payload);
    if (!payload.ok) return;
    const id = toHex(recordId(context.blake3, genesis, headOf(envelope)));
    if (entry.kind === "vote" && payload.value.kind === "vote") {
      const { sender, timestampSeconds } = decoded.value;
      const vote = { ...payload.value, id, voter: toHex(sender), timestampSeconds, envelope };
      alertMaker.noticeVote(vote, ballots.votesOf(vote));
      ballots.add(vote, false);
    } else if (entry.kind === "alert" && payload.value.kind === "alert") {
      const open = this.#open(id, payload.value, envelope);
      if (open === undefined) return;
      const found = evidence(open);
      kept.addAlert(found, false);
      this.#ports.equivocations.proved(found.equivocator, found.recordIds);
    }
  }

  /** The code for a task time past the horizon or ahead of now; undefined: the time is valid. */
  #timeOf(t0: number): "past_horizon" | "future_dated" | undefined {
    const { nowSeconds, identity } = this.#ports.context;
    if (dayOf(t0) < dayOf(nowSeconds) - identity.rules.horizonDays) return "past_horizon";
    return t0 > nowSeconds + identity.rules.aheadSeconds ? "future_dated" : undefined;
  }

  /** Whether both records, or the task of both votes, are past the horizon. */
  #isPast({ opened, payloads }: OpenAlert): boolean {
    const [payload] = payloads;
    const newest = Math.max(opened.first.timestampSeconds, opened.second.timestampSeconds);
    return this.#timeOf(payload.kind === "vote" ? payload.task.t0 : newest) === "past_horizon";
  }

  /** Whether the equivocator is registered or in the roster: evidence against any other key has no use. */
  #isByRegistered({ opened, payloads }: OpenAlert): boolean {
    const { context, tracker } = this.#ports;
    const { first, second } = opened;
    const equivocator = toHex(first.sender);
    const [payload] = payloads;
    if (payload.kind === "vote" && tracker.roster(payload.task.taskId)?.weights.has(equivocator) === true) return true;
    const since = Math.min(first.timestampSeconds, second.timestampSeconds);
    return isRegistered(context.facts?.registry, equivocator, since);
  }

  #open(id: string, alert: FraudAlert, envelope: Uint8Array): OpenAlert | undefined {
    const { network, rules, genesis } = this.#ports.context.identity;
    const limits = { network, payloadLimits: rules.payloadLimits };
    const opened = openAlert(this.#ports.context.blake3, genesis, limits, alert);
    const outer = decodeEnvelope(envelope, limits);
    if (!opened.ok || !outer.ok) return undefined;
    const payloads = alertHolds(alert, opened.value, rules);
    if (payloads === undefined) return undefined;
    const { sender, timestampSeconds } = outer.value;
    const about = alertCase(alert, opened.value, payloads[0], rules);
    const signer = toHex(sender);
    return {
      kind: "alert",
      id,
      alert,
      opened: opened.value,
      payloads,
      case: about,
      envelope,
      signer,
      timestampSeconds,
    };
  }

  #keep(open: OpenAlert): boolean {
    const { kept, events, equivocations, context, admission } = this.#ports;
    const found = evidence(open);
    const votes = open.alert.alertKind >= 3;
    const taskId = found.taskIds[0] as string;
    // Called before the alert is kept, because there may be no room for it.
    equivocations.proved(found.equivocator, found.recordIds);
    if (!kept.addAlert(found)) return false;
    events.fraud(found.equivocator, open.alert.alertKind, taskId, found.recordIds);
    for (const envelope of votes ? [] : [open.alert.first, open.alert.second]) {
      const candidate = judgeEnvelope(context, envelope);
      if (candidate?.kind !== "member") continue;
      admission.admit(candidate.entry, candidate.record, envelope.slice(), undefined);
    }
    return true;
  }
}

function evidence(open: OpenAlert): KeptAlert {
  const { alert, opened, payloads, envelope, signer, timestampSeconds } = open;
  const [payload] = payloads;
  const taskIds = tasksOf(opened, payloads);
  const { firstId, secondId } = opened;
  return {
    key: alertKey(opened),
    case: open.case,
    recordedSeconds: Math.max(opened.first.timestampSeconds, opened.second.timestampSeconds),
    equivocator: toHex(opened.first.sender),
    alert,
    subject: payload.kind === "vote" ? payload.submissionId : (taskIds[0] as string),
    taskIds,
    recordIds: [firstId, secondId],
    signer,
    timestampSeconds,
    envelope,
  };
}
