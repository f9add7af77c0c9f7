/**
 * The way of own records from a caller to the set. A draft (`ownTask`, `ownSubmission`, `ownValidation`, `ownCancel`)
 * goes to {@link Publisher}: the signing store reserves number and time and syncs the intent, the author's signer
 * signs, the scan queue takes the record. The first one after a start waits for {@link FirstExchange}.
 * {@link OwnResults} answers the caller when the record is safe on the disk. A crash or a signer that is unavailable
 * leaves an intent; {@link finishOwn} and {@link OwnRetry} complete it with the same bytes.
 *
 * In: `Publisher.publish`, with keys from {@link openKeyring} and their signing logs in {@link AuthorStores}. Out:
 * bundles to `ScanQueue.own`, bodies to the engine, `Published` to the caller. {@link ReportedSigners} and
 * {@link signingWatches} report keys that do not sign.
 *
 * Bounds: {@link PUBLISHING_MAX} records under way; `FIRST_EXCHANGE_MAX_MS` of waiting after a start;
 * `MAX_WAITING_REQUESTS` for each signing store; the quotas of the network for each key and day.
 *
 * Overload: a record beyond `PUBLISHING_MAX` gets `peer_busy`. On a disk that refuses writes every caller gets
 * `storage_failed`, on a stop `stopped`; the intent stays and is finished later. A retry of `OwnRetry` waits longer
 * each time.
 */
export { AuthorStores } from "./author-stores.js";
export { finishOwn } from "./finish-own.js";
export { FirstExchange } from "./first-exchange.js";
export { type HostKeys, type Keyring, openKeyring, readKeyring, type Signer } from "./keyring.js";
export { inspectLibp2pKey, readOrCreateLibp2pKey } from "./libp2p-key.js";
export { type OwnDraft, ownCancel, ownSubmission, ownTask, ownValidation } from "./own-drafts.js";
export { OwnResults } from "./own-results.js";
export { OwnRetry } from "./own-retry.js";
export { publishOnce } from "./publish-once.js";
export { PUBLISHING_MAX, Publisher } from "./publisher.js";
export { ReportedSigners } from "./reported-signers.js";
export { signingWatches } from "./signing-watches.js";
export { VoteCaster } from "./vote-caster.js";
