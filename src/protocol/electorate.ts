import { leaderOf } from "./certificate.js";
import { sortKeys, type WeightedKey } from "./digests.js";
import type { Blake3 } from "./hash.js";

/** Who votes on a submission, and the weights that decide (protocol.md, Roster and Vote). */
export interface Electorate {
  /** The roster without publisher and submitter, ascending by key. */
  readonly members: readonly WeightedKey[];
  /** Weight of each member by hex key. */
  readonly weights: ReadonlyMap<string, number>;
  /** The least weight w with 3w > 2W. */
  readonly quorum: number;
  /** The least weight w with 3w > W. A set of members of this weight has an honest one. */
  readonly third: number;
}

/** The electorate of a submission. Without members no weight is a quorum. */
export function electorateOf(roster: readonly WeightedKey[], publisher: string, submitter: string): Electorate {
  const members = sortKeys(roster.filter(({ key }) => key !== publisher && key !== submitter));
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  return {
    members,
    weights: new Map(members.map(({ key, weight }) => [key, weight])),
    quorum: Math.floor((2 * total) / 3) + 1,
    third: Math.floor(total / 3) + 1,
  };
}

/** The leader of each round of a submission; undefined for an electorate without members. */
export function leaders(
  blake3: Blake3,
  submissionId: string,
  { members }: Electorate,
): (round: number) => string | undefined {
  return (round) => leaderOf(blake3, submissionId, round, members);
}
