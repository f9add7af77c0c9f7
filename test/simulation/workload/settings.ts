/** What the honest users of a world do. Chances and shares are fractions. */
export interface WorkloadSettings {
  /** Mean number of publishing calls a second, over all nodes. */
  readonly recordsPerSecond: number;
  /** Shares of the calls; the rest validate. */
  readonly taskShare: number;
  readonly submissionShare: number;
  readonly cancelShare: number;
  /** Types of tasks in use, of six. */
  readonly taskTypes: number;
  /** Deadlines of tasks after their announcement. */
  readonly deadlineSeconds: readonly [number, number];
  /** Bytes of most bodies; a few are larger, up to the limit of the rules. */
  readonly smallBodyBytes: number;
  readonly mediumBodyBytes: number;
  readonly mediumShare: number;
  readonly largeShare: number;
  /** The largest body of the workload; at most the limit of the rules. */
  readonly largeBodyBytes: number;
  /** Validations with a body. */
  readonly reviewShare: number;
  /** Acknowledged calls that the caller repeats with the same key. */
  readonly repeatShare: number;
  /** Calls with a wrong parameter. */
  readonly faultyShare: number;
  /** Calls of one draft until its caller gives up. */
  readonly attemptsMax: number;
  readonly retryMs: number;
  /** Nodes with a reader of events. */
  readonly readers: number;
}

export const DEFAULT_WORKLOAD: WorkloadSettings = {
  recordsPerSecond: 1,
  taskShare: 0.15,
  submissionShare: 0.35,
  cancelShare: 0.02,
  taskTypes: 6,
  deadlineSeconds: [60, 1800],
  smallBodyBytes: 400,
  mediumBodyBytes: 8192,
  mediumShare: 0.05,
  largeShare: 0.002,
  largeBodyBytes: 1_000_000,
  reviewShare: 0.3,
  repeatShare: 0.05,
  faultyShare: 0.01,
  attemptsMax: 5,
  retryMs: 2000,
  readers: 8,
};
