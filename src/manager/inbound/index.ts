/**
 * The way of bytes from peers to the engine. {@link PeerInlet} takes gossip bundles and sync frames from the network,
 * charges the budget of the peer and decodes frames. {@link ScanQueue} queues bundles for each peer, takes them in
 * turn, scans many of them in one kernel call and gives the engine one `scanned` event for each batch. It carries out
 * the engine's `verify` effects and answers with `verified` or `batch_failed`. {@link StartGate} holds back the
 * network's reports until the node has started.
 *
 * In: `PeerInlet.gossip`, `PeerInlet.frame`, `ScanQueue.own` for records signed here. Out: engine events through
 * `step`.
 *
 * Bounds: `PEER_MAX_BUNDLES` and `PEER_MAX_BYTES` without a verdict for each peer, `QUEUE_MAX_BUNDLES` and
 * `QUEUE_MAX_BYTES` for all, `SCAN_MAX_BUNDLES` and `SCAN_MAX_BYTES` for one scan, `BATCHES_MAX` batches in
 * verification and `SUSPECT_BATCHES_MAX` of suspect peers, `BURST_BYTES` and `BYTES_PER_SECOND` of other sync frames
 * for each peer, {@link BUDGET_PEERS_MAX} peers with a budget or drop counts.
 *
 * Overload: each peer gets an equal share of the verifier. Gossip and sync of a peer that has used its room are not
 * read (`gossip_waits`), so they stay at the sender. Gossip beyond the whole queue, which needs more connections than
 * the default, gets the verdict Ignore and a count in `gossip_dropped`; the peer's score does not change. A disk that
 * is behind pauses scans and bodies. A kernel that fails on a bundle fails that bundle only.
 */
export { BUDGET_PEERS_MAX } from "./budget.js";
export { PeerInlet } from "./peer-inlet.js";
export { ScanQueue } from "./scan-queue.js";
export { StartGate } from "./start-gate.js";
