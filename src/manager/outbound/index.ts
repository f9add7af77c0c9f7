/**
 * The way of the engine's effects out of it. {@link EffectRunner} carries out the effects of each step in their order:
 * verdicts and bundles to gossip, frames to peers, writes to {@link StoreWriter}, events to {@link EventHub}.
 * {@link DiskReader} reads records and bodies from the disk for peers, and old tasks for the engine. {@link NodeSigner}
 * signs with the node key and checks body proofs. {@link OwnMessages} makes alerts and score updates.
 *
 * In: `EffectRunner.run`. Out: `Network.publish`, `Network.sender`, `Network.verdict`, `RecordStore.apply`, and answers
 * to the engine (`served`, `sent`, `proof_checked`, `task_loaded`) through `step`.
 *
 * Bounds: {@link WRITER_PAUSE_BYTES} of waiting writes, {@link SERVINGS_MAX} answers and {@link LISTINGS_MAX} listing
 * turns under way, `LOADS_AT_ONCE` tasks read at once, {@link LISTENERS_MAX} event listeners.
 *
 * Overload: a refused write stays at the head of the queue and is retried each `RETRY_MS`; `StoreWriter.behind` pauses
 * the scan queue meanwhile. An answer beyond the bound is reported to the engine as not served. A listener beyond the
 * bound gets `peer_busy`. The result and the gossip of an own record wait until its write is on the disk.
 */
export { DiskReader, LISTINGS_MAX, SERVINGS_MAX } from "./disk-reader.js";
export { EffectRunner } from "./effect-runner.js";
export { EventHub, LISTENERS_MAX } from "./event-hub.js";
export { NodeSigner } from "./node-signer.js";
export { OwnMessages } from "./own-messages.js";
export { StoreWriter, WRITER_PAUSE_BYTES } from "./store-writer.js";
