/**
 * Requests and answers on the sync streams of peers, and the report of how far the sets agree.
 *
 * In: `Exchanges` takes frames, verified control messages, connections and ticks, and passes each to its exchange:
 * `WindowSync` (kind 3), `TaskExchange` (kind 0), `BodyFetch` (kind 1), `Serving` for requests of peers, `RegistryNews`
 * for registries. Out: `send`, `send_frames`, `send_request` and `send_response` effects; `SyncBook.report` with
 * equality per strand and `SetState`.
 *
 * `WindowExchange` is one reconciliation seen from either side: both sides list ids by window, request what they lack,
 * and then compute equality per strand. `isInSync` counts votes by address group, so many identities behind one address
 * are one vote.
 *
 * Bounds: `BOUNDS.window_exchanges` (half for exchanges that this node opens), `BOUNDS.listed_ids`,
 * `BOUNDS.wanted_ids`; one window exchange with a peer at a time, every `WINDOWS_EVERY_MS`, each at most `TOTAL_MS`.
 *
 * Under overload: a request beyond the bound is answered with `busy`. Ids beyond `BOUNDS.wanted_ids` follow in the next
 * exchange. A listing goes out in turns of `LISTING_BYTES_PER_TURN` as the stream of the peer takes it.
 */
export { Exchanges } from "./exchanges.js";
export { REGISTRY_NEWS } from "./registry-news.js";
export {
  type BodyReport,
  lackingRecords,
  type NodeSyncReport,
  type SetState,
  SyncBook,
} from "./sync-report.js";
export { WINDOWS_FULL } from "./window-sync.js";
