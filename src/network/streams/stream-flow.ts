import type { Stream } from "@libp2p/interface";

/** Stops reading; nothing for a stream that is paused or over. */
export function pauseStream(stream: Stream): void {
  if (stream.readStatus === "readable") stream.pause();
}

/**
 * Reads on. Yamux tells the other side at once, and throws when the connection has begun to close in the same turn: then
 * the stream is over, and its reader learns that from the reset.
 */
export function resumeStream(stream: Stream): void {
  if (stream.readStatus !== "paused") return;
  try {
    stream.resume();
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error("the stream could not be read on"));
  }
}
