import type { Context } from "../context.js";
import type { ExcludedAuthor, TaskView } from "../fold/index.js";
import { type RecordSet, slotOf } from "../set/index.js";
import { alertKey, slotCase } from "./alert-rules.js";
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

interface DueAlert {
  readonly equivocator: string;
  readonly taskId: string;
  readonly alertKind: 1 | 2;
  readonly proof: readonly [string, string];
  dueMs: number;
  sent: boolean;
}

export interface AlertMakerPorts {
  readonly context: Context;
  readonly set: RecordSet;
  readonly kept: KeptMessages;
}

/**
 * Makes an alert from the two records that exclude an author from a task (protocol.md, "Alerts and reported scores"):
 * once for each author and task, and only if no alert is kept that proves it.
 */
export class AlertMaker {
  readonly #ports: AlertMakerPorts;
  /** By pair of record ids. */
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
      if (this.#due.has(key) || !this.#isFresh(proof) || this.#isProved(author, taskId, proof)) continue;
      if (this.#due.size >= context.limits.alerts_due) {
        context.out.count("dropped", "alerts_due");
        return;
      }
      const alertKind = excludedAuthor.reason === "slot" ? 1 : 2;
      const dueMs = context.nowMs + DELAY_MIN_MS + context.below(DELAY_SPREAD_MS);
      this.#due.set(key, { equivocator: author, taskId, alertKind, proof, dueMs, sent: false });
    }
  }

  tick(): void {
    const { context } = this.#ports;
    for (const [key, alert] of this.#due) {
      if (alert.dueMs > context.nowMs) continue;
      if (this.#isProved(alert.equivocator, alert.taskId, alert.proof)) {
        this.#due.delete(key);
        if (!alert.sent) context.out.count("alerts_out", "sent_by_another");
      } else if (!this.#isFresh(alert.proof)) this.#due.delete(key);
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
    const [firstId, secondId] = alert.proof;
    out.emit({ kind: "send_alert", alertKind: alert.alertKind, firstId, secondId });
    out.count("alerts_out", "made");
  }

  /** Proved in this task, or by another pair of the same slot: no node keeps a second proof of a slot. */
  #isProved(equivocator: string, taskId: string, [id]: readonly [string, string]): boolean {
    const { kept, set } = this.#ports;
    const entry = set.entry(id);
    return kept.isProved(equivocator, taskId) || (entry !== undefined && kept.hasCase(slotCase(slotOf(entry))));
  }

  /** Both records are members, and the later one is at most {@link ALERT_FRESH_SECONDS} old. */
  #isFresh(proof: readonly [string, string]): boolean {
    const [first, second] = proof.map((id) => this.#ports.set.entry(id)?.timestampSeconds);
    if (first === undefined || second === undefined) return false;
    return Math.max(first, second) >= this.#ports.context.nowSeconds - ALERT_FRESH_SECONDS;
  }
}

function pairOf({ proof: [firstId, secondId] }: ExcludedAuthor): string {
  return alertKey({ firstId, secondId });
}
