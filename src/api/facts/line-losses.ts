import type { FaultDetail } from "./fault-codes.js";

/** Why a line of the log was not written. */
export const LINE_LOSSES = ["no_space", "closed", "slow", "failed"] as const;
export type LineLoss = (typeof LINE_LOSSES)[number];
/** Numbers of lines by reason. */
export type LostLines = Readonly<Partial<Record<LineLoss, number>>>;

/** The losses of a node's log output. */
export interface LogLosses {
  /** Sets how the notice of lost lines is written once writing works again. */
  setNotice(notice: (lost: LostLines) => string): void;
  /** The listener gets every lost line by reason, the earlier ones included. One listener. */
  onLost(listener: (loss: LineLoss, lines: number) => void): void;
  /** The fault while lines are lost; tries to write the notice. Cheap. */
  active(): FaultDetail | undefined;
}
