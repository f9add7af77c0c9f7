/**
 * What the node answers to local programs. {@link ManagerControl} is the `NodeControl` of a running node: reports, task
 * and submission details, own records, event subscriptions. `Catalog` joins the engine's view of a task with bodies of
 * the disk and the state of the chain. The reports (`nodeInfo`, `nodeHealth`, `peerInfos`, `syncReport`, `boundRows`)
 * read `ReportParts`. {@link DigestQueue} computes state digests, {@link CatchUpPace} the rate of a catch-up.
 *
 * In: calls of the API or of an embedding program. Out: plain values; drafts go to `Publisher.publish`.
 *
 * Bounds: `DIGESTS_MAX` digests wait or are computed, in slices of `SLICE_MS`; one submission's answer has at most
 * `MAX_VALIDATION_BODIES` bodies. Reports are synchronous and read what the parts already hold.
 *
 * Overload: a digest beyond the bound gets `peer_busy`. A refused call is counted in `own_refused`; a failure of this
 * node, not of the caller, is counted in `failures`, too.
 */
export { CatchUpPace } from "./catch-up-pace.js";
export { ManagerControl } from "./control.js";
export { DigestQueue } from "./digest-queue.js";
