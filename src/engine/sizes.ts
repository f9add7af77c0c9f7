import type { Sizes } from "./bounds.js";
import type { EngineCore } from "./core.js";

/** The sizes of all bounded structures, by the names of their bounds. */
export function sizesOf(core: EngineCore): Sizes {
  const { batches, envelopes, alerts: inCheck } = core.processor.sizes;
  const { alerts, reportedScores } = core.kept.sizes;
  const { refused, opened } = core.peers.sizes();
  const { windows, tasks, bodies, serving } = core.exchanges;
  return {
    members: core.set.size,
    open_records: core.tracker.openRecords,
    own_bodies: core.bodyTracker.ownCount,
    batches,
    envelopes_in_flight: envelopes,
    early_records: core.early.size,
    own_bundle_records: core.gossip.waiting,
    seen_bundles: core.gossip.seenCount,
    peers: core.peers.size,
    suspects: core.peers.suspectCount,
    refused_ids: refused,
    request_ids: opened,
    ended_requests: core.exchanges.endedRequests,
    requests_served: serving.open,
    bundles_served: serving.bundles.open,
    body_news: bodies.promisedNews,
    window_exchanges: windows.open,
    listed_ids: windows.sizes.listed,
    wanted_ids: windows.sizes.wanted,
    pending_tasks: tasks.state.size,
    missing_bodies: bodies.wants.size,
    body_refusers: bodies.refusers,
    bodies_in_flight: bodies.inFlight,
    body_bytes_in_flight: bodies.bytesInFlight,
    held_bodies: core.bodies.size,
    given_up: tasks.state.givenUpCount,
    votes: core.ballots.size,
    own_polls: core.voters.size,
    verdict_lists: core.lists.size,
    wanted_lists: core.lists.wantedCount,
    alerts,
    alerts_due: core.alertMaker.due,
    alerts_in_check: inCheck,
    reported_scores: reportedScores,
    scored_peers: core.scoring.size,
    task_loads: core.loads.size,
    task_summaries: core.events.emittedCount,
    first_held: core.admission.firstHeldCount,
  };
}
