import type { WeightedKey } from "../protocol/digests.js";

/** Who may author records, and with which weight (protocol.md, membership rule 4). */
export type Registry =
  | { readonly kind: "everyone" }
  | {
      readonly kind: "listed";
      /** Hex key to weight and the unix second from which it counts (0 for a file). */
      readonly authors: ReadonlyMap<string, { readonly weight: number; readonly fromSeconds: number }>;
    };

/** The rosters of a roster file, ascending by day. A task uses the newest whose day is at most the day before t0. */
export interface RosterFrom {
  readonly fromDay: number;
  readonly members: readonly WeightedKey[];
}

/**
 * The state of the chain for the engine (specification: BlockchainInterface). Each change brings a new object; when
 * only the time changes, registry and rosters stay the same objects.
 */
export interface ChainFacts {
  readonly registry: Registry;
  /** Hex; 32 zeros for everyone. */
  readonly registryDigest: string;
  /** Unix seconds up to which the registry is known; 2^64-1 for a file or everyone. */
  readonly registryTimeSeconds: bigint;
  readonly rosters: readonly RosterFrom[];
}

/** Membership rule 4: registered at or before the record's timestamp. */
export function isRegistered(registry: Registry | undefined, author: string, atSeconds: number): boolean {
  if (registry === undefined) return false;
  if (registry.kind === "everyone") return true;
  const known = registry.authors.get(author);
  return known !== undefined && known.fromSeconds <= atSeconds;
}
