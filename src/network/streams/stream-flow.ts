import type { Stream } from "@libp2p/interface";

/** Stops reading. It does nothing on a stream that is paused or ended. */
export function pauseStream(stream: Stream): void {
  if (stream.readStatus === "readable") stream.pause();
}

/**
 * Resumes reading. Yamux sends a window update at once, and throws if the connection began to close in the same turn.
 * The stream is then reset, and its reader sees the end.
 */
export function resumeStream(stream: Stream): void {
  if (stream.readStatus !== "paused") return;
  try {
    stream.resume();
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error("reading of the stream could not continue"));
  }
}
