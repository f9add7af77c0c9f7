/**
 * The votes of roster members that this node keeps, the certificates that it makes from them, and the own members,
 * which vote by themselves.
 *
 * In: `BallotBox.add` takes verified votes from `intake`; `changed` and `rostersChanged` say that votes may be counted
 * now; `certified` that they have no use any more. `Voters` takes the same, and ticks. Out: kept votes for peers; a
 * `send_certificate` effect when the commits of a quorum are of a list that is here; `cast_vote` effects behind the
 * synced write of the state of the vote; votes that are repeated to peers; `own_key_elsewhere`. `ListShelf` has the
 * lists by value that members need from each other.
 *
 * A `Ballot` has the votes on one submission under one roster. A `Poll` is an own member in the vote on one submission.
 * Both follow `voting` (`VoteTally`, `stepVoting`).
 *
 * Bounds: `BOUNDS.votes`, shared by voters; a ballot has one vote at least. `BOUNDS.own_polls`,
 * `BOUNDS.verdict_lists`, `BOUNDS.wanted_lists`.
 *
 * Under overload: the voter with the most votes loses its oldest, which is counted as `dropped`; voters repeat their
 * votes until there is a certificate. An own member does not vote on a submission without room for its poll, which is
 * counted as `dropped`; it is looked at again when its task changes.
 */

export type { BallotView, BallotVote, KeptVote } from "./ballot.js";
export { BallotBox } from "./ballot-box.js";
export { ListShelf } from "./list-shelf.js";
export { decodePoll } from "./poll-codec.js";
export { Voters } from "./voters.js";
