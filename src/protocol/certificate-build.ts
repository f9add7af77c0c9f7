import { toHex } from "./bytes.js";
import { decodeList, listValue } from "./certificate.js";
import type { WeightedKey } from "./digests.js";
import { electorateOf } from "./electorate.js";
import type { Blake3 } from "./hash.js";
import type { Certificate, ConsensusVote } from "./verdict-messages.js";

/** A verified vote with what a certificate repeats of its envelope. */
export interface SignedVote {
  /** Hex key of the voter. */
  readonly voter: string;
  readonly vote: Omit<ConsensusVote, "kind">;
  readonly timestampSeconds: number;
  /** s, e, R */
  readonly signature: Uint8Array;
}

/**
 * The certificate of a list from votes, by anyone who holds them; undefined without a quorum. `roster`: its members,
 * ascending by key. It has the first round with a quorum, and as few commits as make one, of the greatest weights.
 */
export function buildCertificate(
  blake3: Blake3,
  list: Uint8Array,
  roster: readonly WeightedKey[],
  votes: readonly SignedVote[],
): Certificate | undefined {
  const decoded = decodeList(list);
  if (!decoded.ok) return undefined;
  const { submissionId, publisher, submitter, roster: digest, taskId } = decoded.value;
  const value = toHex(listValue(blake3, list));
  const { weights, quorum } = electorateOf(roster, publisher, submitter);
  const rounds = new Map<number, Map<string, SignedVote>>();
  for (const signed of votes) {
    const { vote, voter } = signed;
    const isOfList = vote.submissionId === submissionId && vote.roster === digest && vote.task.taskId === taskId;
    if (!isOfList || vote.step !== "commit" || vote.value !== value || !weights.has(voter)) continue;
    const commits = rounds.get(vote.round) ?? new Map<string, SignedVote>();
    if (!commits.has(voter)) rounds.set(vote.round, commits.set(voter, signed));
  }
  for (const [round, commits] of [...rounds].sort(([a], [b]) => a - b)) {
    const chosen = fewest([...commits.values()], weights, quorum);
    const [first] = chosen;
    if (first === undefined) continue;
    const indexed = chosen.map(({ voter, timestampSeconds, signature }) => ({
      rosterIndex: roster.findIndex(({ key }) => key === voter),
      timestampSeconds,
      signature,
    }));
    indexed.sort((a, b) => a.rosterIndex - b.rosterIndex);
    return { kind: "certificate", task: first.vote.task, list, round, commits: indexed };
  }
  return undefined;
}

/** The fewest of these commits that are a quorum; none if all are not. Ties go to the lower key. */
function fewest(
  commits: readonly SignedVote[],
  weights: ReadonlyMap<string, number>,
  quorum: number,
): readonly SignedVote[] {
  const weight = ({ voter }: SignedVote) => weights.get(voter) ?? 0;
  const ranked = [...commits].sort((a, b) => weight(b) - weight(a) || (a.voter < b.voter ? -1 : 1));
  let sum = 0;
  for (const [i, commit] of ranked.entries()) {
    sum += weight(commit);
    if (sum >= quorum) return ranked.slice(0, i + 1);
  }
  return [];
}
