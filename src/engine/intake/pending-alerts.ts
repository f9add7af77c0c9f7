import { encodeBundle } from "../../protocol/bundle.js";
import type { ReasonCode } from "../../protocol/errors.js";
import type { ScanRow } from "../../protocol/table.js";
import type { Context } from "../context.js";
import type { Bundle, OpenAlert } from "./bundle-state.js";

/** An alert without a verdict after this time is dropped. A verification takes less than a second. */
const ALERT_WAIT_MS = 60_000;

/** An alert whose two inner envelopes are being verified. Its bundle gets its verdict after it is settled. */
export interface PendingAlert {
  readonly open: OpenAlert;
  readonly bundle: Bundle;
  readonly row: ScanRow;
  readonly sinceMs: number;
}

/** The pending alerts, by record id of the alert; at most `alerts_in_check`. */
export class PendingAlerts {
  readonly #context: Context;
  readonly #alerts = new Map<string, PendingAlert>();

  constructor(context: Context) {
    this.#context = context;
  }

  get size(): number {
    return this.#alerts.size;
  }

  get(id: string): PendingAlert | undefined {
    return this.#alerts.get(id);
  }

  /** Holds the alert and requests the scan of its inner envelopes. Returns the reason when it can't be held. */
  hold(open: OpenAlert, bundle: Bundle, row: ScanRow): ReasonCode | undefined {
    const { limits, nowMs: sinceMs, out } = this.#context;
    if (this.#alerts.has(open.id)) return "already_known";
    if (this.#alerts.size >= limits.alerts_in_check) {
      out.count("dropped", "alerts_in_check");
      return "over_budget";
    }
    this.#alerts.set(open.id, { open, bundle, row, sinceMs });
    const { first, second } = open.alert;
    out.emit({ kind: "scan", bundle: encodeBundle([first, second]), source: { kind: "inner", outer: open.id } });
    return undefined;
  }

  /** Removes and returns the alert; undefined when it was settled before. */
  take(id: string): PendingAlert | undefined {
    const pending = this.#alerts.get(id);
    this.#alerts.delete(id);
    return pending;
  }

  /** Ids of the alerts whose inner envelopes the adapter never returned. */
  overdue(): string[] {
    const since = this.#context.nowMs - ALERT_WAIT_MS;
    return [...this.#alerts].flatMap(([id, { sinceMs }]) => (sinceMs <= since ? [id] : []));
  }
}
