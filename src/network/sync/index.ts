/**
 * Sync frames: one stream to each ready peer and one from it.
 *
 * In: ready sessions (`ready`), streams of peers (`accept`), frames to send (`send`). Out: one received frame at a time
 * to `NetworkHandlers.frame`; `lose` and `drop` close a connection on which sync does not work.
 *
 * `SyncOutbox` owns the stream that this node opened and writes frames in the order of the calls. `SyncInbox` reads the
 * stream that the peer opened. Frames on a stream that breaks are lost, so a reset stream ends the connection. The
 * handler of a frame drops it when the connection ends before it is used.
 *
 * Bounds: SEND_QUEUE_FRAMES frames and SEND_QUEUE_BYTES bytes wait for one peer; SEND_TIMEOUT_MS for one frame without
 * another limit; SYNC_STREAM_MISSING_MS and SYNC_REOPEN_MS without a stream.
 *
 * Under overload: `send` rejects with `peer_busy` where the queue is full. A peer that does not take a frame in time is
 * closed with `peer_busy`. The next frame is read after the handler of the last one resolves.
 */
export { SyncStreams } from "./sync-streams.js";
