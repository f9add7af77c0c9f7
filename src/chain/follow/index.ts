/**
 * Turns hints and a pollable source of blocks into an ordered stream of `ChainEvent`s.
 *
 * `BlockFollower` runs rounds: ask the tip, compare the emitted blocks that are not final, request the missing blocks,
 * emit the head. `BlockStream` decides what may be emitted next and holds the order; it is pure. `SecondReading` reads
 * the stable blocks again when the registry is in doubt.
 *
 * In: hints (`hint`, `pushed`, `rewoundTo`, `markUnverified`, `resync`) that may be lost, repeated, late or out of
 * order; answers of a `BlockSource`. Out: `block`, `head`, `rewound` and `skipped` through `emit`; the result of each
 * round through `ok` or `failed`.
 *
 * Bounds: `WINDOW_BLOCKS` emitted blocks and `AHEAD_BLOCKS` early blocks in memory; `BLOCKS_PER_CALL` blocks per
 * request; `CATCH_UP_MAX_BLOCKS` blocks of catch-up for a source that needs no history; at most a tenth of the time for
 * second readings.
 *
 * Overload: hints during a round are coalesced into one more round; rounds start at least `ROUND_GAP_MS` apart. An
 * early block past `AHEAD_BLOCKS` is dropped and requested later. A failed round is retried with backoff.
 */
export { AHEAD_BLOCKS, WINDOW_BLOCKS } from "./block-window.js";
export { BlockFollower } from "./follower.js";
export { rememberedHead } from "./remembered-head.js";
export { SecondReading } from "./second-reading.js";
