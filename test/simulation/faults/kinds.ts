/** The kinds of faults that a run may have. Each is one behaviour of the environment, never of the product. */
export const FAULT_KINDS = [
  /** The network splits into two groups; each link between them is blocked in both directions. */
  "partition",
  /** The bytes of a node no longer arrive anywhere; it still gets those of others. */
  "one_way",
  /** A link carries nothing for some seconds, then delivers what waited. */
  "clog",
  /** A node reads its streams slowly. */
  "slow_reader",
  /** A process is killed and started again. */
  "crash",
  /** A machine loses its power: what was not synced may be lost or torn. */
  "power_cut",
  /** An operator stops a node and starts it later. */
  "restart",
  "disk_full",
  "disk_slow",
  /** Reads and writes of files fail now and then. */
  "disk_error",
  /** A stored value becomes unreadable. */
  "damage",
  /** The wall clock of a node jumps by some seconds, in either direction. */
  "clock_step",
  "clock_drift",
  "kernel_slow",
  /** The kernel fails batches. */
  "kernel_fails",
  /** A node that takes part from the start leaves for a long time. */
  "leave",
  /** The kernel gives no answer to some verifications until the end of the fault. */
  "kernel_hangs",
  /** The chain's node beside a node is slow, behind, or loses messages. */
  "chain_slow",
  /** It is unreachable. */
  "chain_gone",
  /** It shows another chain than there is. */
  "chain_lies",
  /** The chain replaces blocks that were stable. */
  "chain_reorganises",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
