import { REASONS, type ReasonCode } from "../../../src/protocol/errors.js";
import type { Tally } from "./tally.js";
import { UNREACHABLE } from "./unreachable.js";

/** How often one reason code was seen. */
export interface ReasonRow {
  readonly code: ReasonCode;
  /** As the label of a counter of the engine, the manager or a part of the simulator. */
  readonly counters: number;
  /** In a verdict, an own result or a fault of a peer: effects of the engine. */
  readonly effects: number;
  /** In an error or a failed result. */
  readonly raised: number;
}

export interface ReasonReach {
  /** Codes that were seen. */
  readonly reached: readonly ReasonRow[];
  /** Codes that were not seen and could be. */
  readonly never: readonly ReasonCode[];
  /** Codes that no seed can reach, with the reason. */
  readonly unreachable: Readonly<Record<string, string>>;
  /** Codes that count as unreachable and were seen: their entries are wrong. */
  readonly stale: readonly ReasonCode[];
}

/** `counters`: the sums of all runs, by "name label". */
export function reasonReach(
  counters: Readonly<Record<string, number>>,
  { effectCodes, raised }: Pick<Tally, "effectCodes" | "raised">,
  unreachable: Readonly<Partial<Record<ReasonCode, string>>> = UNREACHABLE,
): ReasonReach {
  const counted = new Map<string, number>();
  for (const [name, count] of Object.entries(counters)) {
    const label = name.slice(name.lastIndexOf(" ") + 1);
    counted.set(label, (counted.get(label) ?? 0) + count);
  }
  const rows = (Object.keys(REASONS) as ReasonCode[]).map((code) => ({
    code,
    counters: counted.get(code) ?? 0,
    effects: effectCodes[code] ?? 0,
    raised: raised[code] ?? 0,
  }));
  const isReached = (row: ReasonRow): boolean => row.counters + row.effects + row.raised > 0;
  return {
    reached: rows.filter(isReached),
    never: rows.filter((row) => !isReached(row) && unreachable[row.code] === undefined).map(({ code }) => code),
    unreachable,
    stale: rows.filter((row) => isReached(row) && unreachable[row.code] !== undefined).map(({ code }) => code),
  };
}
