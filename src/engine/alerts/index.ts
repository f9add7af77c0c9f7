/**
 * Alerts and reported scores: messages that the node keeps beside the set, and the alerts that it makes.
 *
 * In: `KeptMessages.addAlert` and `addReportedScores` take verified messages from `intake`.
 * `AlertMaker.notice` and `OwnEquivocations.notice` take each `TaskView` that changed, `AlertMaker.noticeVote` each
 * verified vote. Out: kept messages for peers and the API (`AlertView`), opinions on peers, `send_alert` and
 * `send_vote_alert` effects for equivocations that this node can prove, `own_equivocation` when one of its own keys
 * equivocated.
 *
 * `alertHolds` decides by the bytes of an alert alone, so each node decides the same. The two signatures are verified
 * in `intake`.
 *
 * Bounds: `BOUNDS.alerts` (shared by equivocators, `ALERTS_PER_EQUIVOCATOR` each),
 * `BOUNDS.reported_scores`, `BOUNDS.alerts_due`; a node makes `ALERTS_PER_MINUTE` alerts.
 *
 * Under overload: the equivocator with the most entries loses its oldest. An own alert above the rate waits a
 * minute. One without room is dropped and counted; reconciliation brings both records anyway, and voters repeat votes.
 */
export { AlertMaker, type VoteEvidence } from "./alert-maker.js";
export { alertCase, alertHolds, alertKey, tasksOf } from "./alert-rules.js";
export { type AlertView, alertView } from "./alert-view.js";
export { type KeptAlert, KeptMessages } from "./kept-messages.js";
export { OwnEquivocations } from "./own-equivocations.js";
