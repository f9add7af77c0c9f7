/** The last comparison with one peer that holds a strand; `equal` is undefined before the first. */
export interface SyncVote {
  /** This node dialled the peer, or its configuration names the peer's id. */
  readonly chosen: boolean;
  /** Peers of one group may be one operator. */
  readonly group: string;
  readonly equal: boolean | undefined;
}

/** Votes that must be equal: of address groups if this node chose none of its peers, of peers if it chose some. */
const EQUAL_VOTES_NEEDED = 2;

/** Groups of peers that dialled this node: those with all peers equal, and those with none equal. */
function countGroups(votes: readonly SyncVote[]): { readonly equal: number; readonly unequal: number } {
  const groups = new Map<string, { equal: boolean; unequal: boolean }>();
  for (const { chosen, group, equal } of votes) {
    if (chosen || equal === undefined) continue;
    const seen = groups.get(group) ?? { equal: false, unequal: false };
    groups.set(group, { equal: seen.equal || equal, unequal: seen.unequal || !equal });
  }
  let equal = 0;
  let unequal = 0;
  // A group whose peers disagree has no vote. An attacker in the group of an honest peer can thus cancel its vote but
  // not replace it.
  for (const seen of groups.values()) {
    if (seen.equal && !seen.unequal) equal += 1;
    if (seen.unequal && !seen.equal) unequal += 1;
  }
  return { equal, unequal };
}

/**
 * Whether a strand is in sync (protocol.md, Sync). Peers that this node chose decide: all of them are equal, or one of
 * them and a second vote. If it chose none, or compared with none of those, the peers that dialled it decide by address
 * group: at least two groups, and more than two thirds of the groups with a vote, are equal. A group has one vote, so
 * many identities behind few addresses have few votes. `anyPeer`: on loopback all peers count.
 */
export function isInSync(votes: readonly SyncVote[], anyPeer: boolean): boolean {
  const equalPeers = votes.filter(({ equal }) => equal === true).length;
  if (anyPeer) return votes.length > 0 && equalPeers >= Math.min(EQUAL_VOTES_NEEDED, votes.length);
  const chosen = votes.filter((vote) => vote.chosen);
  const chosenEqual = chosen.filter(({ equal }) => equal === true).length;
  const { equal, unequal } = countGroups(votes);
  if (chosenEqual > 0) return chosenEqual === chosen.length || chosenEqual + equal >= EQUAL_VOTES_NEEDED;
  if (chosen.some((vote) => vote.equal === false)) return false;
  return equal >= EQUAL_VOTES_NEEDED && equal > 2 * unequal;
}
