import type { ConsensusVote } from "../../protocol/verdict-messages.js";
import type { Context } from "../context.js";
import type { ExcludedAuthor, TaskView } from "../fold/index.js";
import { type RecordSet, slotOf } from "../set/index.js";
import { alertKey, slotCase, voteCase, votesProve } from "./alert-rules.js";
import type { KeptMessages } from "./kept-messages.js";

/** Maximum of own alerts per minute: each may be 10 KiB and goes to every node. The rest wait for the next minute. */
const ALERTS_PER_MINUTE = 12;
const MINUTE_MS = 60_000;
/**
 * Maximum age of the later record of an equivocation. Reconciliation has brought older ones to all nodes; a node that
 * joins late must not repeat them.
 */
const ALERT_FRESH_SECONDS = 3600;
/**
 * Each node that holds both records waits 0.5 to 5 s, and sends no alert if one arrives before. Most nodes then receive
 * the alert of another node while they wait.
 */
const DELAY_MIN_MS = 500;
const DELAY_SPREAD_MS = 4500;
/**
 * An own alert that is not kept within this time is made again: its write or kernel call failed. It equals the time
 * after which `intake` drops an alert without a verdict, so no earlier copy is pending then.
 */
const REPEAT_MS = 60_000;

interface DueRecords {
  readonly equivocator: string;
  readonly taskId: string;
  readonly alertKind: 1 | 2;
  readonly proof: readonly [string, string];
}

interface VoteCase {
  readonly equivocator: string;
  readonly case: string;
  readonly alertKind: 3 | 4;
  readonly proof: readonly [string, string];
}

/** Two votes, with their bytes: the votes may be gone before the alert is due. */
interface DueVotes extends VoteCase {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

type DueAlert = (DueRecords | DueVotes) & { dueMs: number; sent: boolean };

/** A verified vote with its envelope. */
export interface VoteEvidence extends Omit<ConsensusVote, "kind"> {
  readonly id: string;
  readonly voter: string;
  readonly envelope: Uint8Array;
}

export interface AlertMakerPorts {
  readonly context: Context;
  readonly set: RecordSet;
  readonly kept: KeptMessages;
}

/**
 * Makes an alert from the two records that exclude an author from a task, and from two votes of one voter that
 * contradict each other (protocol.md, "Alerts and reported scores"): once for each author and task, or voter and
 * submission, and only if no alert is kept that proves it.
 */
export class AlertMaker {
  readonly #ports: AlertMakerPorts;
  /** By pair of record ids, lower first. */
  readonly #due = new Map<string, DueAlert>();
  /** Times of the alerts of the last minute, oldest first. */
  readonly #sent: number[] = [];

  constructor(ports: AlertMakerPorts) {
    this.#ports = ports;
  }

  get due(): number {
    return this.#due.size;
  }

  /** A task from which an author is excluded. */
  notice({ taskId, excludedAuthors }: TaskView): void {
    const { context } = this.#ports;
    for (const excludedAuthor of excludedAuthors) {
      const { author, proof } = excludedAuthor;
      const key = pairOf(excludedAuthor);
      const alertKind = excludedAuthor.reason === "slot" ? 1 : 2;
      const alert = { equivocator: author, taskId, alertKind, proof } as const;
      if (this.#due.has(key) || !this.#isFresh(alert) || this.#isProved(alert)) continue;
      if (this.#due.size >= context.limits.alerts_due) {
        context.out.count("dropped", "alerts_due");
        return;
      }
      this.#wait(key, alert);
    }
  }

  /**
   * A verified vote, and the kept votes of its voter on the same ballot. Votes have no freshness rule: reconciliation
   * brings no second vote to other nodes, and a vote is dropped when its submission is certified.
   */
  noticeVote(vote: VoteEvidence, known: readonly VoteEvidence[]): void {
    const { context } = this.#ports;
    for (const other of known) {
      const alertKind = votesProve(vote, other);
      if (alertKind === undefined || other.voter !== vote.voter) continue;
      const [first, second] = vote.id < other.id ? [vote, other] : [other, vote];
      const about = voteCase(vote.voter, vote.submissionId);
      const proof = [first.id, second.id] as const;
      const found = { equivocator: vote.voter, case: about, alertKind, proof } as const;
      if (this.#isProved(found) || this.#isDue(about)) return;
      if (this.#due.size >= context.limits.alerts_due) context.out.count("dropped", "alerts_due");
      else {
        const bytes = { first: first.envelope.slice(), second: second.envelope.slice() };
        this.#wait(alertKey({ firstId: first.id, secondId: second.id }), { ...found, ...bytes });
      }
      return;
    }
  }

  tick(): void {
    const { context } = this.#ports;
    for (const [key, alert] of this.#due) {
      if (alert.dueMs > context.nowMs) continue;
      if (this.#isProved(alert)) {
        this.#due.delete(key);
        if (!alert.sent) context.out.count("alerts_out", "sent_by_another");
      } else if (!this.#isFresh(alert)) this.#due.delete(key);
      else this.#send(alert);
    }
  }

  #send(alert: DueAlert): void {
    const { nowMs, out } = this.#ports.context;
    while ((this.#sent[0] ?? nowMs) <= nowMs - MINUTE_MS) this.#sent.shift();
    if (this.#sent.length >= ALERTS_PER_MINUTE) {
      alert.dueMs = nowMs + MINUTE_MS;
      out.count("alerts_out", "put_off");
      return;
    }
    this.#sent.push(nowMs);
    alert.sent = true;
    alert.dueMs = nowMs + REPEAT_MS;
    out.count("alerts_out", "made");
    if ("case" in alert) {
      const { alertKind, first, second } = alert;
      out.emit({ kind: "send_vote_alert", alertKind, first, second });
      return;
    }
    const [firstId, secondId] = alert.proof;
    out.emit({ kind: "send_alert", alertKind: alert.alertKind, firstId, secondId });
  }

  #wait(key: string, alert: DueRecords | DueVotes): void {
    const { context } = this.#ports;
    const dueMs = context.nowMs + DELAY_MIN_MS + context.below(DELAY_SPREAD_MS);
    this.#due.set(key, { ...alert, dueMs, sent: false });
  }

  /** Whether an alert of this case of votes waits already. */
  #isDue(about: string): boolean {
    for (const alert of this.#due.values()) if ("case" in alert && alert.case === about) return true;
    return false;
  }

  /**
   * Proved in this task, or by another pair of the same slot: no node keeps a second proof of a slot. Votes: an alert
   * of the case is kept, or the voter has enough alerts.
   */
  #isProved(alert: DueRecords | VoteCase): boolean {
    const { kept, set } = this.#ports;
    const [firstId, secondId] = alert.proof;
    if ("case" in alert) return !kept.isNews({ ...alert, key: alertKey({ firstId, secondId }) });
    const entry = set.entry(firstId);
    const { equivocator, taskId } = alert;
    return kept.isProved(equivocator, taskId) || (entry !== undefined && kept.hasCase(slotCase(slotOf(entry))));
  }

  /** Both records are members, and the later one is at most {@link ALERT_FRESH_SECONDS} old. Always true for votes. */
  #isFresh(alert: DueRecords | DueVotes): boolean {
    if ("case" in alert) return true;
    const [first, second] = alert.proof.map((id) => this.#ports.set.entry(id)?.timestampSeconds);
    if (first === undefined || second === undefined) return false;
    return Math.max(first, second) >= this.#ports.context.nowSeconds - ALERT_FRESH_SECONDS;
  }
}

function pairOf({ proof: [firstId, secondId] }: ExcludedAuthor): string {
  return alertKey({ firstId, secondId });
}
