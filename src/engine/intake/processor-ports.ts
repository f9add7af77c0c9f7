import type { ReasonCode } from "../../protocol/errors.js";
import type { ScanRow } from "../../protocol/table.js";
import type { Source } from "../events.js";
import type { Outcome, Settled } from "./bundle-state.js";
import type { Candidate } from "./judge.js";
import type { PendingProof } from "./pending-proofs.js";

/** Whether an exchange asked for the record in a frame; `late`: the exchange has just ended, which is no fault. */
export type Wanted = "asked" | "late" | "unasked";

/** Receives envelopes with valid signatures, and those that this node signed. */
export interface VerifiedSink {
  /** True for members, kept votes, and early records. */
  isKnown(row: ScanRow): boolean;
  admit(candidate: Candidate, envelope: Uint8Array, source: Source): Outcome;
  /** Holds a verified record until `dueSeconds`; false when there is no room. */
  park(candidate: Candidate, envelope: Uint8Array, dueSeconds: number): boolean;
  /** Settles an alert or certificate. `valid`: all inner signatures hold; undefined: they were not verified. */
  settleProof(pending: PendingProof, valid: boolean | undefined): Settled;
  /** Puts a new envelope of a bundle that is not forwarded into this node's next bundle. */
  forward(topic: string, envelope: Uint8Array): void;
}

/** The sync exchanges, as the processor uses them. */
export interface SyncExchanges {
  /** Whether an exchange asked for the record in a `records` frame. */
  wanted(peer: string, requestId: string, id: string, candidate: Candidate): Wanted;
  /** A `records` frame enters verification (1) or leaves it (-1). */
  inVerification(peer: string, requestId: string, step: 1 | -1): void;
  /** The outcome of an id that a peer sent by sync. */
  settled(peer: string, requestId: string, id: string, outcome: Outcome): void;
  /** A peer gossips a record that this node holds: the peer may have its body. */
  addHolder(id: string, peer: string): void;
}

/** Changes the scores of peers by their deliveries. */
export interface DeliveryCredit {
  useful(peer: string, count: number): void;
  /** Counts new records whose sender gains nothing. */
  noteNew(count: number): void;
  duplicate(peer: string, count: number): void;
  /** Reports the fault and lowers the score of the peer. */
  fault(peer: string, code: ReasonCode): void;
}
