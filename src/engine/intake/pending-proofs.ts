import { packBundles } from "../../protocol/bundle.js";
import type { ReasonCode } from "../../protocol/errors.js";
import type { ScanRow } from "../../protocol/table.js";
import type { Context } from "../context.js";
import type { Bundle, OpenProof } from "./bundle-state.js";

/** An alert or certificate without a verdict after this time is dropped. A verification takes less than a second. */
const PROOF_WAIT_MS = 60_000;

/**
 * An alert or certificate whose inner envelopes are being verified. Its bundle gets its verdict after it is settled.
 */
export interface PendingProof {
  readonly open: OpenProof;
  readonly bundle: Bundle;
  readonly row: ScanRow;
  readonly sinceMs: number;
}

/** The pending alerts and certificates, by their ids; at most `alerts_in_check`. */
export class PendingProofs {
  readonly #context: Context;
  /** `left`: inner bundles without a verdict. */
  readonly #proofs = new Map<string, PendingProof & { left: number }>();

  constructor(context: Context) {
    this.#context = context;
  }

  get size(): number {
    return this.#proofs.size;
  }

  get(id: string): PendingProof | undefined {
    return this.#proofs.get(id);
  }

  /** Holds the proof and requests the scan of its inner envelopes. Returns the reason when it can't be held. */
  hold(open: OpenProof, bundle: Bundle, row: ScanRow): ReasonCode | undefined {
    const { limits, nowMs: sinceMs, out, identity } = this.#context;
    if (this.#proofs.has(open.id)) return "already_known";
    if (this.#proofs.size >= limits.alerts_in_check) {
      out.count("dropped", "alerts_in_check");
      return "over_budget";
    }
    const inner = open.kind === "alert" ? [open.alert.first, open.alert.second] : open.commits;
    const bundles = packBundles(inner, identity.rules);
    this.#proofs.set(open.id, { open, bundle, row, sinceMs, left: bundles.length });
    for (const part of bundles) out.emit({ kind: "scan", bundle: part, source: { kind: "inner", outer: open.id } });
    return undefined;
  }

  /**
   * Takes the result of one inner bundle: `valid` if all its signatures hold, undefined if they were not verified.
   * Removes and returns the proof when this result decides about it.
   */
  take(id: string, valid: boolean | undefined): PendingProof | undefined {
    const pending = this.#proofs.get(id);
    if (pending === undefined) return undefined;
    pending.left--;
    if (valid === true && pending.left > 0) return undefined;
    this.#proofs.delete(id);
    return pending;
  }

  /** Ids of those whose inner envelopes the adapter never returned. */
  overdue(): string[] {
    const since = this.#context.nowMs - PROOF_WAIT_MS;
    return [...this.#proofs].flatMap(([id, { sinceMs }]) => (sinceMs <= since ? [id] : []));
  }
}
