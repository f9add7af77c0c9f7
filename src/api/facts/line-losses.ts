import type { FaultDetail } from "./fault-codes.js";

/** Why a line of the log was not written. */
export const LINE_LOSSES = ["no_space", "closed", "slow", "failed"] as const;
export type LineLoss = (typeof LINE_LOSSES)[number];
/** Numbers of lines by reason. */
export type LostLines = Readonly<Partial<Record<LineLoss, number>>>;

/** Where a node's log is written to, as far as lines can be lost there. */
export interface LogLosses {
  /** How the line is written that tells the number of lost ones, once writing works again. */
  setNotice(notice: (lost: LostLines) => string): void;
  /** Hears of lines lost, those before included. One listener. */
  onLost(listener: (loss: LineLoss, lines: number) => void): void;
  /** What is wrong while lines are lost; tries to write the notice. Cheap. */
  active(): FaultDetail | undefined;
}
