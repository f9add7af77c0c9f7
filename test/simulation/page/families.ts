import type { FaultKind } from "../faults/kinds.js";

/** What a fault acts on. One colour each. */
export const FAMILIES = ["network", "process", "disk", "clock", "kernel", "chain", "other"] as const;
export type Family = (typeof FAMILIES)[number];

const FAMILY_OF: Readonly<Record<string, Family>> = {
  partition: "network",
  one_way: "network",
  clog: "network",
  slow_reader: "network",
  crash: "process",
  power_cut: "process",
  restart: "process",
  leave: "process",
  disk_full: "disk",
  disk_slow: "disk",
  disk_error: "disk",
  damage: "disk",
  clock_step: "clock",
  clock_drift: "clock",
  kernel_slow: "kernel",
  kernel_fails: "kernel",
  kernel_hangs: "kernel",
  chain_slow: "chain",
  chain_gone: "chain",
  chain_lies: "chain",
  chain_reorganises: "chain",
} satisfies Partial<Record<FaultKind, Family>>;

export function familyOf(kind: FaultKind): Family {
  return FAMILY_OF[kind] ?? "other";
}
