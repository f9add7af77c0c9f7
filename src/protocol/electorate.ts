import { leaderOf } from "./certificate.js";
import { sortKeys, type WeightedKey } from "./digests.js";
import type { Blake3 } from "./hash.js";

/** Who votes on a submission, and the weights that decide (protocol.md, Roster and Vote). */
export interface Electorate {
  /** The roster without publisher and submitter, ascending by key. */
  readonly members: readonly WeightedKey[];
  /** Weight of each member by hex key. */
  readonly weights: ReadonlyMap<string, number>;
  /** The least weight w with 3w > 2W and 3w > R, where W is the weight of the members and R that of the roster. */
  readonly quorum: number;
  /** The least weight w with 3w > W. A set of members of this weight has an honest one. */
  readonly third: number;
}

/** The electorate of a submission. Without members no weight is a quorum. */
export function electorateOf(roster: readonly WeightedKey[], publisher: string, submitter: string): Electorate {
  const members = sortKeys(roster.filter(({ key }) => key !== publisher && key !== submitter));
  const total = weightOf(members);
  return {
    members,
    weights: new Map(members.map(({ key, weight }) => [key, weight])),
    quorum: Math.floor(Math.max(2 * total, weightOf(roster)) / 3) + 1,
    third: Math.floor(total / 3) + 1,
  };
}

function weightOf(members: readonly WeightedKey[]): number {
  return members.reduce((sum, { weight }) => sum + weight, 0);
}

/** The leader of each round of a submission; undefined for an electorate without members. */
export function leaders(
  blake3: Blake3,
  submissionId: string,
  { members }: Electorate,
): (round: number) => string | undefined {
  return (round) => leaderOf(blake3, submissionId, round, members);
}
