import type { ReasonCode } from "../../protocol/errors.js";
import type { ScanRow } from "../../protocol/table.js";
import type { Source } from "../events.js";
import type { Candidate } from "./judge.js";

/** One lane is one kernel call: those that sent a bad signature lately share theirs with nobody else. */
export type Lane = "clean" | "suspect";

/** What became of one verified envelope. `waiting`: said later through {@link MessageProcessor.settleOuter}. */
export type Outcome =
  | { readonly kind: "new" }
  | { readonly kind: "ignored"; readonly code: ReasonCode; readonly remember: boolean }
  | { readonly kind: "bad"; readonly code: ReasonCode }
  | { readonly kind: "waiting"; readonly outer: string };

/** An outcome that is there. */
export type Settled = Exclude<Outcome, { kind: "waiting" }>;

/** A bundle on its way to a verdict. */
export interface Bundle {
  readonly batch: number;
  readonly source: Source;
  readonly lane: Lane;
  open: number;
  rows: number;
  /** The code of an envelope that is bad everywhere for ever. */
  bad: ReasonCode | undefined;
  /** Why not every envelope was new. */
  old: ReasonCode | undefined;
  judged: boolean;
  fresh: Uint8Array[];
  /** Of the fresh, alerts: nobody earns anything by bringing them, or accusing would pay. */
  alerts: number;
  duplicates: number;
}

/** An envelope whose signature is looked at. */
export interface PendingRow {
  readonly bundle: Bundle;
  readonly row: ScanRow;
  /** Undefined for what is inside an alert: there only the signature is asked for. */
  readonly candidate: Candidate | undefined;
  readonly dueSeconds: number | undefined;
  readonly sinceMs: number;
}

/** One scanned input. */
export interface Batch {
  readonly input: Uint8Array;
  readonly rows: Map<number, PendingRow>;
  readonly count: number;
  readonly lanes: Set<Lane>;
}

/** Who delivered it. */
export function peerOf(source: Source): string | undefined {
  return source.kind === "own" || source.kind === "inner" ? undefined : source.peer;
}

/** A copy, so that what is kept does not hold the whole batch. */
export function envelopeOf(input: Uint8Array, row: ScanRow): Uint8Array {
  return input.slice(row.envelopeOffset, row.envelopeOffset + row.envelopeLength);
}
