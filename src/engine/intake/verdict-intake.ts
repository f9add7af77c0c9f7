import { encodeBundle } from "../../protocol/bundle.js";
import { toHex } from "../../protocol/bytes.js";
import { decodeEnvelope, headOf, recordId } from "../../protocol/envelope.js";
import { dayOf } from "../../protocol/membership.js";
import { decodePayload, type Payload } from "../../protocol/message.js";
import { type FraudAlert, type OpenedAlert, openAlert } from "../../protocol/verdict-messages.js";
import {
  alertCase,
  alertHolds,
  alertKey,
  type KeptAlert,
  type KeptMessages,
  type OwnEquivocations,
  tasksOf,
} from "../alerts/index.js";
import { isRegistered } from "../chain-facts.js";
import type { Context } from "../context.js";
import type { EventLog } from "../event-log.js";
import type { ConsensusTracker } from "../fold/index.js";
import type { KeptEntry } from "../writes.js";
import type { Outcome, Settled } from "./bundle-state.js";
import { type Candidate, judgeEnvelope } from "./judge.js";

export interface VerdictPorts {
  readonly context: Context;
  readonly kept: KeptMessages;
  readonly tracker: ConsensusTracker;
  readonly events: EventLog;
  readonly equivocations: OwnEquivocations;
  /** A record out of an alert, whose signature holds: admitted like any other. */
  admit(candidate: Candidate, envelope: Uint8Array): void;
  /** An alert's outcome is known. */
  settle(outer: string, outcome: Settled): void;
}

interface AlertInCheck {
  readonly alert: FraudAlert;
  readonly opened: OpenedAlert;
  readonly payloads: readonly [Payload, Payload];
  readonly case: string;
  readonly envelope: Uint8Array;
  readonly signer: string;
  readonly timestampSeconds: number;
}

/** Votes, alerts and certificates: what is said about verdicts beside the set. */
export class VerdictIntake {
  readonly #ports: VerdictPorts;
  readonly #checking = new Map<string, AlertInCheck>();

  constructor(ports: VerdictPorts) {
    this.#ports = ports;
  }

  get inCheck(): number {
    return this.#checking.size;
  }

  /** Kept by vote rule 6. Keys are free: only a roster's members, and without a roster registered authors, are heard. */
  vote(candidate: Extract<Candidate, { kind: "vote" }>, envelope: Uint8Array): Settled {
    const { context, kept, tracker } = this.#ports;
    const { id, sender, vote, timestampSeconds } = candidate;
    const { task } = vote;
    if (!context.taskTypes.includes(task.taskType)) return { kind: "ignored", code: "not_allowed", remember: false };
    const time = this.#timeOf(task.t0);
    if (time !== undefined) return { kind: "ignored", code: time, remember: false };
    const roster = tracker.roster(vote.task.taskId);
    const heard = roster?.weights.has(sender) ?? isRegistered(context.facts?.registry, sender, timestampSeconds);
    if (!heard) return { kind: "ignored", code: "unknown_author", remember: false };
    const isNew = kept.addVote({ id, voter: sender, vote, envelope });
    return isNew ? { kind: "new" } : { kind: "ignored", code: "already_known", remember: false };
  }

  /** What the bytes alone say is said now; the two signatures inside are looked at next. */
  alert(candidate: Extract<Candidate, { kind: "alert" }>, envelope: Uint8Array): Outcome {
    const { context, kept } = this.#ports;
    const { id } = candidate;
    // Copies: what was decoded are views, and each would keep the whole batch that it came in.
    const alert = { ...candidate.alert, first: candidate.alert.first.slice(), second: candidate.alert.second.slice() };
    const checked = this.#open(alert, envelope);
    if (checked === undefined) return { kind: "bad", code: "alert_does_not_hold" };
    if (this.#isPast(checked)) return { kind: "ignored", code: "past_horizon", remember: false };
    if (!this.#isHeard(checked)) return { kind: "ignored", code: "unknown_author", remember: false };
    if (!kept.isNews(evidence(checked)) || this.#checking.has(id)) {
      return { kind: "ignored", code: "already_known", remember: false };
    }
    if (this.#checking.size >= context.limits.alerts_in_check) {
      context.out.count("dropped", "alerts_in_check");
      return { kind: "ignored", code: "over_budget", remember: false };
    }
    this.#checking.set(id, checked);
    const bundle = encodeBundle([alert.first, alert.second]);
    context.out.emit({ kind: "scan", bundle, source: { kind: "inner", outer: id } });
    return { kind: "waiting", outer: id };
  }

  /** Both signatures inside an alert were looked at; undefined: they could not be. */
  innerDone(outer: string, valid: boolean | undefined): void {
    const checked = this.#checking.get(outer);
    if (checked === undefined) return;
    this.#checking.delete(outer);
    const { settle } = this.#ports;
    if (valid === undefined) {
      settle(outer, { kind: "ignored", code: "kernel_failed", remember: false });
      return;
    }
    if (!valid) {
      settle(outer, { kind: "bad", code: "alert_does_not_hold" });
      return;
    }
    const isNew = this.#keep(checked);
    settle(outer, isNew ? { kind: "new" } : { kind: "ignored", code: "already_known", remember: false });
  }

  /** A vote or alert from the disk; what is unreadable is passed over. */
  restore(entry: KeptEntry, envelope: Uint8Array): void {
    const { context, kept } = this.#ports;
    const { network, rules, genesis } = context.identity;
    const decoded = decodeEnvelope(envelope, { network, payloadLimits: rules.payloadLimits });
    if (!decoded.ok) return;
    const payload = decodePayload(decoded.value.type, decoded.value.payload);
    if (!payload.ok) return;
    const id = toHex(recordId(context.blake3, genesis, headOf(envelope)));
    if (entry.kind === "vote" && payload.value.kind === "vote") {
      kept.addVote({ id, voter: toHex(decoded.value.sender), vote: payload.value, envelope }, false);
    } else if (entry.kind === "alert" && payload.value.kind === "alert") {
      const checked = this.#open(payload.value, envelope);
      if (checked === undefined) return;
      const found = evidence(checked);
      kept.addAlert(found, false);
      this.#ports.equivocations.proved(found.equivocator, found.recordIds);
    }
  }

  /** The task is no longer in the set, or its time is one that no task has yet: what is said of it has no place to go. */
  #timeOf(t0: number): "past_horizon" | "future_dated" | undefined {
    const { nowSeconds, identity } = this.#ports.context;
    if (dayOf(t0) < dayOf(nowSeconds) - identity.rules.horizonDays) return "past_horizon";
    return t0 > nowSeconds + identity.rules.aheadSeconds ? "future_dated" : undefined;
  }

  /** Both records, or the task voted on, have left the set: they can't be members, and there is nothing to show. */
  #isPast({ opened, payloads }: AlertInCheck): boolean {
    const [payload] = payloads;
    const newest = Math.max(opened.first.timestampSeconds, opened.second.timestampSeconds);
    return this.#timeOf(payload.kind === "vote" ? payload.task.t0 : newest) === "past_horizon";
  }

  /** Keys are free: evidence against one that nobody knows is nothing that anyone needs. */
  #isHeard({ opened, payloads }: AlertInCheck): boolean {
    const { context, tracker } = this.#ports;
    const { first, second } = opened;
    const equivocator = toHex(first.sender);
    const [payload] = payloads;
    if (payload.kind === "vote" && tracker.roster(payload.task.taskId)?.weights.has(equivocator) === true) return true;
    const since = Math.min(first.timestampSeconds, second.timestampSeconds);
    return isRegistered(context.facts?.registry, equivocator, since);
  }

  #open(alert: FraudAlert, envelope: Uint8Array): AlertInCheck | undefined {
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
    return { alert, opened: opened.value, payloads, case: about, envelope, signer, timestampSeconds };
  }

  #keep(checked: AlertInCheck): boolean {
    const { kept, events, equivocations, context } = this.#ports;
    const found = evidence(checked);
    const votes = checked.alert.alertKind >= 3;
    const taskId = found.taskIds[0] as string;
    // Also where there is no room to keep it.
    equivocations.proved(found.equivocator, found.recordIds);
    if (!kept.addAlert(found)) return false;
    events.fraud(found.equivocator, checked.alert.alertKind, taskId, found.recordIds);
    for (const envelope of votes ? [] : [checked.alert.first, checked.alert.second]) {
      const candidate = judgeEnvelope(context, envelope);
      if (candidate !== undefined) this.#ports.admit(candidate, envelope.slice());
    }
    return true;
  }
}

function evidence(checked: AlertInCheck): KeptAlert {
  const { alert, opened, payloads, envelope, signer, timestampSeconds } = checked;
  const [payload] = payloads;
  const taskIds = tasksOf(opened, payloads);
  const { firstId, secondId } = opened;
  return {
    key: alertKey(opened),
    case: checked.case,
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
