import type { ReasonCode } from "../../protocol/errors.js";
import type { Payload } from "../../protocol/message.js";
import type { ScanRow } from "../../protocol/table.js";
import type { FraudAlert, OpenedAlert } from "../../protocol/verdict-messages.js";
import type { Source } from "../events.js";
import type { CertificateFact } from "../fold/index.js";
import type { MemberEntry } from "../writes.js";
import type { Candidate } from "./judge.js";

/** Each lane is a separate kernel call. Peers with a recent bad signature are suspect and never slow the clean lane. */
export type Lane = "clean" | "suspect";

/** The outcome of a verified envelope. `waiting`: an alert or certificate with inner envelopes to verify. */
export type Outcome =
  | { readonly kind: "new" }
  | { readonly kind: "ignored"; readonly code: ReasonCode; readonly remember: boolean }
  | { readonly kind: "bad"; readonly code: ReasonCode }
  | { readonly kind: "waiting"; readonly proof: OpenProof };

/** An outcome that does not change. */
export type Settled = Exclude<Outcome, { kind: "waiting" }>;

/** A bundle that has no verdict yet. */
export interface Bundle {
  readonly batch: number;
  readonly source: Source;
  readonly lane: Lane;
  open: number;
  rows: number;
  /** Code of the first envelope that is invalid for every node at every time. */
  bad: ReasonCode | undefined;
  /** Code of the first envelope that is not new. */
  old: ReasonCode | undefined;
  judged: boolean;
  fresh: Uint8Array[];
  /** Alerts and certificates among `fresh`; they earn no credit, so that a peer gains nothing by sending them. */
  proofs: number;
  duplicates: number;
}

/** An envelope whose signature is being verified. */
export interface PendingRow {
  readonly bundle: Bundle;
  readonly row: ScanRow;
  /** Undefined for an envelope inside an alert or a certificate: only its signature is verified. */
  readonly candidate: Candidate | undefined;
  readonly dueSeconds: number | undefined;
  /** When its verification began, on the engine's clock. */
  readonly sinceMs: number;
}

/** An alert that holds by its bytes; its two inner signatures are not verified yet. */
export interface OpenAlert {
  readonly kind: "alert";
  /** Record id of the alert. */
  readonly id: string;
  readonly alert: FraudAlert;
  readonly opened: OpenedAlert;
  readonly payloads: readonly [Payload, Payload];
  /** The slot, subject or submission that the alert is about. */
  readonly case: string;
  readonly envelope: Uint8Array;
  readonly signer: string;
  readonly timestampSeconds: number;
}

/** A certificate that holds but for the signatures of its commits, which are not verified yet. */
export interface OpenCertificate {
  readonly kind: "certificate";
  /** Certificate id. */
  readonly id: string;
  readonly entry: MemberEntry;
  readonly fact: CertificateFact;
  /** The envelopes of its commits, at most 256. */
  readonly commits: readonly Uint8Array[];
  readonly envelope: Uint8Array;
}

/** A message that holds if the envelopes inside it have valid signatures. */
export type OpenProof = OpenAlert | OpenCertificate;

/** One scanned input. */
export interface Batch {
  readonly input: Uint8Array;
  readonly rows: Map<number, PendingRow>;
  readonly count: number;
  readonly lanes: Set<Lane>;
}

/** The peer that delivered the bundle. */
export function peerOf(source: Source): string | undefined {
  return source.kind === "own" || source.kind === "inner" ? undefined : source.peer;
}

/** Copies an envelope; a view would keep the whole batch in memory. */
export function envelopeOf(input: Uint8Array, row: ScanRow): Uint8Array {
  return input.slice(row.envelopeOffset, row.envelopeOffset + row.envelopeLength);
}
