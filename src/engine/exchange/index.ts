/**
 * Requests for single items: the fetch of tasks that records name, and the answers to peers that ask for tasks and
 * bodies.
 *
 * In: `TaskExchange.want` takes the reference of a task that is not held, `wanted` and `responded` what a peer sends;
 * `Serving.request` takes a checked request of a peer. Out: `send_request`, `serve_records`, `serve_body`,
 * `serve_bodies` and `send_response` effects; `GivenUp` with the reason when a wait ends without its task.
 *
 * `SyncState` holds the waits: at most `ATTEMPTS_MAX` attempts of `PEERS_PER_ATTEMPT` peers, `RETRY_MS` apart, given up
 * after `GIVE_UP_MS`. The authors whose records caused the waits take turns. `RequestBook` remembers ended requests, so
 * that a late frame is no fault. `BundleServing` answers requests for many bodies, those of one peer one after another.
 *
 * Bounds: `BOUNDS.pending_tasks` (shared by authors), `BOUNDS.given_up`, `BOUNDS.requests_served`,
 * `BOUNDS.bundles_served`, `BOUNDS.ended_requests`; one task request, one body request and eight requests for many
 * bodies per peer.
 *
 * Under overload: the author with the most waits loses its oldest, which is counted as `dropped`. A request beyond the
 * bound is answered with `busy`.
 */
export type { BodyRight } from "./body-right.js";
export { ListFetch } from "./list-fetch.js";
export { RequestBook } from "./request-book.js";
export { Serving } from "./serving.js";
export {
  type ActiveRequest,
  EARLY_RETRY,
  EARLY_ROUNDS_MAX,
  GIVE_UP_MS,
  type GivenUp,
  PEERS_PER_ATTEMPT,
  RETRY_MS,
} from "./sync-state.js";
export { failureOf, TaskExchange } from "./task-exchange.js";
