import type { ReasonCode } from "../../protocol/errors.js";
import type { ScanRow } from "../../protocol/table.js";
import type { Source } from "../events.js";
import type { Lane, Outcome } from "./bundle-state.js";
import type { Candidate } from "./judge.js";

/** Whether what an exchange brought was asked for; `late`: the exchange has just ended, nobody is charged. */
export type Wanted = "asked" | "late" | "unasked";

/** What the processor asks of the rest of the engine. */
export interface ProcessorPorts {
  /** Members, kept votes and alerts, records that wait for their time. */
  isKnown(row: ScanRow): boolean;
  /** A peer's gossip brought what is known already. */
  heardAgain(row: ScanRow, peer: string): void;
  /** An envelope whose signature holds (or that this node signed). `lane` is that of who delivered it. */
  admit(candidate: Candidate, envelope: Uint8Array, source: Source, lane: Lane): Outcome;
  /** A verified record whose time has not come; false when there is no room. */
  park(candidate: Candidate, envelope: Uint8Array, dueSeconds: number): boolean;
  /** Whether an exchange asked for what a `records` frame carries. */
  wanted(peer: string, requestId: string, row: ScanRow, candidate: Candidate): Wanted;
  /** A `records` frame goes into verification (1) or has left it (-1). */
  inVerification(peer: string, requestId: string, step: 1 | -1): void;
  /** An id that a peer sent by sync was judged. */
  settled(peer: string, requestId: string, id: string, outcome: Outcome): void;
  /** The envelopes inside an alert: whether all of their signatures hold; undefined when nothing was judged. */
  innerDone(outer: string, valid: boolean | undefined): void;
  /** This node's own alert was found to hold and is kept: it may go out. */
  alertKept(envelope: Uint8Array): void;
  /** What was new and good in a bundle that is not forwarded. */
  sendOn(topic: string, envelope: Uint8Array): void;
  useful(peer: string, count: number): void;
  /** Records that were new and whose bringer earns nothing by them. */
  noteNew(count: number): void;
  duplicates(peer: string, count: number): void;
  faulty(peer: string, code: ReasonCode): void;
}
