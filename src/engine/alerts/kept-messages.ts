import type { PeerScoreUpdate } from "../../protocol/sync-messages.js";
import type { FraudAlert } from "../../protocol/verdict-messages.js";
import { BoundedMap, SharedRoom } from "../bounded/index.js";
import type { Context } from "../context.js";
import { START_SCORE } from "../peers/index.js";
import type { KeptEntry } from "../writes.js";

/** A reported score counts for ten minutes (protocol.md, PeerScoreUpdate). */
const REPORTED_SCORES_MS = 600_000;
/** Alerts kept for each equivocator, by any signer. More are not needed: reconciliation brings the records anyway. */
const ALERTS_PER_EQUIVOCATOR = 16;

/**
 * An alert that holds. An alert of kind 3 or 4 is the evidence itself. For kinds 1 and 2 the two records in the set
 * exclude the author.
 */
export interface KeptAlert {
  readonly key: string;
  /** The slot, subject or submission that it is about. */
  readonly case: string;
  readonly equivocator: string;
  readonly alert: FraudAlert;
  /** The submission that kinds 3 and 4 are about; the task of kinds 1 and 2. */
  readonly subject: string;
  /** Time of the later of the two records. */
  readonly recordedSeconds: number;
  /** The tasks that its two records name. */
  readonly taskIds: readonly string[];
  /** The two records, lower id first. */
  readonly recordIds: readonly [string, string];
  /** The signer of the alert, hex; the alert does not change its score. */
  readonly signer: string;
  readonly timestampSeconds: number;
  readonly envelope: Uint8Array;
}

/** Alerts and reported scores, kept beside the set with a bound. They do not influence the set. */
export class KeptMessages {
  readonly #context: Context;
  readonly #alerts = new Map<string, KeptAlert>();
  /** Shared by equivocators. */
  readonly #alertRoom: SharedRoom;
  /** The cases of the kept alerts. */
  readonly #cases = new Set<string>();
  readonly #reportedScores: BoundedMap<string, { readonly update: PeerScoreUpdate; readonly untilMs: number }>;

  constructor(context: Context) {
    this.#context = context;
    this.#alertRoom = new SharedRoom(context.limits.alerts);
    this.#reportedScores = new BoundedMap(context.limits.reported_scores);
  }

  get sizes(): { readonly alerts: number; readonly reportedScores: number } {
    return { alerts: this.#alerts.size, reportedScores: this.#reportedScores.size };
  }

  hasCase(about: string): boolean {
    return this.#cases.has(about);
  }

  /** Whether an alert would be kept, given room. */
  isNews({ key, case: about, equivocator }: Pick<KeptAlert, "key" | "case" | "equivocator">): boolean {
    if (this.#alerts.has(key) || this.#cases.has(about)) return false;
    return this.#alertRoom.count(equivocator) < ALERTS_PER_EQUIVOCATOR;
  }

  /** False when the alert is kept, its case is proved, its equivocator has enough alerts, or there is no room. */
  addAlert(kept: KeptAlert, stored = true): boolean {
    if (!this.isNews(kept)) return false;
    const { taken, gone } = this.#alertRoom.take(kept.equivocator, kept.key);
    if (gone !== undefined) this.#dropAlert(gone);
    if (!taken) return false;
    this.#alerts.set(kept.key, kept);
    this.#cases.add(kept.case);
    if (stored) this.#put({ kind: "alert", key: kept.key }, kept.envelope);
    return true;
  }

  addReportedScores(sender: string, update: PeerScoreUpdate): void {
    this.#reportedScores.set(sender, { update, untilMs: this.#context.nowMs + REPORTED_SCORES_MS });
  }

  /**
   * What the reported scores add to the rank of each peer, by node key, in basis points: the mean difference from the
   * start score. Only reports of senders above the start score count (protocol.md, PeerScoreUpdate).
   */
  rankChanges(scoreOf: (sender: string) => number): Map<string, number> {
    const sums = new Map<string, { sum: number; count: number }>();
    for (const [sender, { update, untilMs }] of this.#reportedScores.entries()) {
      if (untilMs <= this.#context.nowMs || scoreOf(sender) <= START_SCORE) continue;
      for (const { key, basisPoints } of update.scores) {
        if (key === sender) continue;
        const change = basisPoints - START_SCORE;
        const known = sums.get(key);
        if (known === undefined) sums.set(key, { sum: change, count: 1 });
        else {
          known.sum += change;
          known.count++;
        }
      }
    }
    return new Map([...sums].map(([key, { sum, count }]) => [key, Math.trunc(sum / count)]));
  }

  alerts(taskId?: string): KeptAlert[] {
    return [...this.#alerts.values()].filter(({ taskIds }) => taskId === undefined || taskIds.includes(taskId));
  }

  /** Whether a kept alert proves that this author is excluded from the task, or the author has enough alerts. */
  isProved(equivocator: string, taskId: string): boolean {
    if (this.#alertRoom.count(equivocator) >= ALERTS_PER_EQUIVOCATOR) return true;
    return this.alerts(taskId).some((held) => held.alert.alertKind <= 2 && held.equivocator === equivocator);
  }

  /** Removes reported scores past their time, and the alerts of tasks that left the set. */
  sweep(taskIsHeld: (taskId: string, t0: number) => boolean): void {
    for (const [sender, { untilMs }] of this.#reportedScores.entries()) {
      if (untilMs <= this.#context.nowMs) this.#reportedScores.delete(sender);
    }
    for (const { key, taskIds, recordedSeconds } of this.#alerts.values()) {
      if (!taskIds.some((taskId) => taskIsHeld(taskId, recordedSeconds))) this.#dropAlert(key);
    }
  }

  #dropAlert(key: string): void {
    const held = this.#alerts.get(key);
    if (held === undefined) return;
    this.#alerts.delete(key);
    this.#cases.delete(held.case);
    this.#alertRoom.leave(key);
    this.#drop({ kind: "alert", key });
  }

  #put(entry: KeptEntry, envelope: Uint8Array): void {
    this.#context.out.write({ kind: "put_kept", entry, envelope });
  }

  #drop(entry: KeptEntry): void {
    this.#context.out.write({ kind: "drop_kept", entry });
  }
}
