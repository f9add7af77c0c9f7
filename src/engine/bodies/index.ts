/**
 * The bodies that members announce: which are missing, who may have them, and which peer is asked for which.
 *
 * In: `BodyTracker.joined` takes each new member, `own` a body of this node, `lost` a body that the disk lost.
 * `BodyFetch` takes chunks and responses of peers. Out: `send_request` effects and `put_body` writes; `BodyCounts` for
 * the sync report.
 *
 * `BodyWants` holds each missing body until it is stored or its record leaves; none is given up. A round asks a few
 * peers, first those that named the record (`BodyRounds`). Peers that keep lacking bodies are asked more slowly
 * (`BodyPeers`). `BodyAsks` chooses the peer for each body. `BodyRights` decides who may have the body of a submission
 * before the deadline. `BundleExchange` requests many bodies at once, as many as the link of the peer takes
 * (`BundleFlow`); `BodyExchange` requests one at a time from a peer without the feature `BODY_BUNDLES`. Both hash the
 * bytes as they arrive and check length, hash and form. `BodyNews` tells peers of bodies that this node had to wait
 * for.
 *
 * Bounds: `BOUNDS.missing_bodies`, `BOUNDS.body_refusers`, `BOUNDS.bodies_in_flight`, `BOUNDS.body_bytes_in_flight`,
 * `BOUNDS.body_news`, `BOUNDS.own_bodies`; eight requests for many bodies, or one for one body, per peer.
 *
 * Under overload: a body without room waits and is tried again. Above `BOUNDS.missing_bodies` the counts are reported
 * as incomplete (`overflowed`). Authors take turns, so many missing bodies of one do not delay those of others.
 */
export { BodyFetch } from "./body-fetch.js";
export { BodyRights, refOfTask } from "./body-rights.js";
export { BodyTracker } from "./body-tracker.js";
export type { BodyCounts } from "./body-wants.js";
export { BODY_BUNDLES } from "./bundle-exchange.js";
