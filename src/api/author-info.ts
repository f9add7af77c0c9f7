import type { ReasonCode } from "../protocol/errors.js";

/** An author key of this node. */
export interface AuthorInfo {
  /** The key's name in this node. */
  readonly name: string;
  readonly key: string;
  /** TOS bech32 address. */
  readonly address: string;
  /** Why it signs no more; undefined while it signs. */
  readonly stopped:
    | { readonly reason: ReasonCode; readonly text: string; readonly cure: string; readonly atSeconds: number }
    | undefined;
}

/** As methods answer it. */
export function authorAnswer({ name, key, address, stopped }: AuthorInfo): Readonly<Record<string, unknown>> {
  if (stopped === undefined) return { name, key, address, stopped: null };
  const { reason, text, cure, atSeconds } = stopped;
  return { name, key, address, stopped: { reason, text, cure, at: atSeconds } };
}
