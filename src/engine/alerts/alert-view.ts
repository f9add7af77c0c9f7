import type { KeptAlert } from "./kept-messages.js";

/** An alert that holds, as the API shows it. */
export interface AlertView {
  /** 1 slot, 2 subject, 3 vote, 4 broken lock. */
  readonly alertKind: 1 | 2 | 3 | 4;
  readonly equivocator: string;
  /** The two contradicting records or votes, lower id first. */
  readonly recordIds: readonly [string, string];
  /** The tasks that they name: one or two. */
  readonly taskIds: readonly string[];
  readonly signer: string;
  readonly timestampSeconds: number;
}

export function alertView({ alert, equivocator, recordIds, taskIds, signer, timestampSeconds }: KeptAlert): AlertView {
  return { alertKind: alert.alertKind, equivocator, recordIds, taskIds, signer, timestampSeconds };
}
