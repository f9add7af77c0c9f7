/**
 * The vote of roster members on the verdict of a submission (protocol.md, Vote).
 *
 * In: `stepVoting(config, state, input, view, nowMs)` takes verified votes, or a tick, with what the member concludes
 * from its set now (`VotingView`). `voteStartMs` and `isAcceptable` make two parts of a view from facts. Out: the next
 * state, and effects in order: a write, the votes that may leave after it, votes to repeat, the list of a leader's
 * value to request, and the end with a certified value. `restoreVoting` makes the state after a restart from the last
 * write.
 *
 * `test/model` explores the code of this folder with every schedule of four members.
 *
 * Bounds: `VoteTally` keeps two values of each voter and step: of the voter's highest round, of three rounds that are
 * being voted in, of the held quorum, and of one claimed quorum for each voter. A member casts two votes in a round.
 *
 * Under overload: a third value of a voter replaces another only if more than a third of the weight voted for it, and
 * is dropped otherwise. A vote of a round that nobody needs is dropped; peers repeat the votes that matter.
 */

export { type Electorate, electorateOf, leaders } from "../../protocol/electorate.js";
export { isAcceptable, type OwnList } from "./acceptable-list.js";
export { type StartFacts, voteStartMs } from "./vote-start.js";
export { type CountedVote, type Quorum, VoteTally } from "./vote-tally.js";
export { stepVoting } from "./voting.js";
export {
  newVoting,
  nextTickMs,
  type OwnVote,
  REPEAT_MS,
  restoreVoting,
  roundMs,
  type VotingConfig,
  type VotingEffect,
  type VotingEnd,
  type VotingInput,
  type VotingRecord,
  type VotingState,
  type VotingStep,
  type VotingView,
} from "./voting-state.js";
