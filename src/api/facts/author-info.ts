import type { ReasonCode } from "../../protocol/errors.js";

/** How many records of each type a key may still sign on the UTC day of its next record. */
export interface RecordsLeft {
  readonly tasks: number;
  readonly submissions: number;
  readonly validations: number;
}

/** An author key of this node. */
export interface AuthorInfo {
  /** The key's name in this node. */
  readonly name: string;
  readonly key: string;
  /** TOS bech32 address. */
  readonly address: string;
  readonly leftToday: RecordsLeft;
  /** Why the key is stopped; undefined while it signs. */
  readonly stopped:
    | { readonly reason: ReasonCode; readonly text: string; readonly cure: string; readonly atSeconds: number }
    | undefined;
}

/** The answer of the methods. */
export function authorAnswer({
  name,
  key,
  address,
  leftToday,
  stopped,
}: AuthorInfo): Readonly<Record<string, unknown>> {
  const answer = { name, key, address, left_today: leftToday };
  if (stopped === undefined) return { ...answer, stopped: null };
  const { reason, text, cure, atSeconds } = stopped;
  return { ...answer, stopped: { reason, text, cure, at: atSeconds } };
}
