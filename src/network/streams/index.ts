/**
 * One libp2p stream: frames with a length, flow control and time limits.
 *
 * In: a `Stream` and the largest frame (`FrameStream`). Out: whole frames (`next`), written frames (`send`), and
 * whether the stream ended between two frames (`whole`). `deadline` is a signal for one operation: it fires after a
 * time or with a parent, and `clear` releases both. `plainBytes` removes the Buffer prototype from received bytes.
 * `pauseStream` and `resumeStream` tolerate a stream that is already closed.
 *
 * Bounds: a frame is at most the given size; at most two windows of STREAM_WINDOW_BYTES wait in one stream. Each read
 * and each write ends with the signal of its caller.
 *
 * Under overload: a stream that nobody reads is paused, so the window of the sender closes. A write waits while the
 * buffer of the stream is full. A frame above the limit throws `frame_too_large` before its bytes are read.
 */
export { type Deadline, deadline } from "./deadline.js";
export { FrameStream } from "./frame-stream.js";
export { plainBytes } from "./plain-bytes.js";
export { pauseStream, resumeStream } from "./stream-flow.js";
