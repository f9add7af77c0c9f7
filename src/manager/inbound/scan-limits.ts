/** Bundles in one scan. */
export const SCAN_MAX_BUNDLES = 64;
/**
 * Bytes in one scan: some 250 records. The engine takes about 0.1 ms for each in one turn of the event loop, and the
 * other work of the node waits meanwhile.
 */
export const SCAN_MAX_BYTES = 64 * 1024;
/**
 * The same for suspect peers. A batch with bad signatures costs three times a good one, so this keeps their share of
 * the processor below that of the others.
 */
export const SUSPECT_SCAN_MAX_BYTES = 16 * 1024;
/** Batches in verification: two for each of the four threads of libuv's pool. More would wait in the pool. */
export const BATCHES_MAX = 8;
/** Batches of suspect peers in verification, beside the others. */
export const SUSPECT_BATCHES_MAX = 1;
/**
 * Bundles without a verdict, and their bytes, of all peers: 32 MiB of memory, and 256 bundles and 512 KiB for each of
 * 64 connections. A bundle beyond them is ignored, or its stream waits.
 */
export const QUEUE_MAX_BUNDLES = 16_384;
export const QUEUE_MAX_BYTES = 32 * 1024 * 1024;
/**
 * Bundles without a verdict of one peer, and their bytes: about what is verified within a tenth of a second. Above them
 * the peer is not read. `step`: what may come of a peer that had room, a step of gossip (`GOSSIP_MESSAGES_AT_ONCE`) and
 * a frame of its stream. The caps of all peers together, with their steps, stay below those of the queue.
 */
export const PEER_LIMITS = { bundles: 224, bytes: 320 * 1024, stepBundles: 32, stepBytes: 128 * 1024 } as const;
