import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import type { Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { createLibp2p, type Libp2p } from "libp2p";
import { describe, expect, it, onTestFinished } from "vitest";
import { STREAM_READ_BUFFER_BYTES, STREAM_WINDOW_BYTES } from "../../src/network/constants.js";
import { FrameStream } from "../../src/network/streams/frame-stream.js";

const PROTOCOL = "/test/frames/1";
const FRAME_BYTES = 60_000;

async function host(): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        streamOptions: { maxStreamWindowSize: STREAM_WINDOW_BYTES, maxReadBufferLength: STREAM_READ_BUFFER_BYTES },
      }),
    ],
    connectionMonitor: { enabled: false },
  });
  onTestFinished(() => libp2p.stop());
  return libp2p;
}

/** The two ends of one stream between two hosts. */
async function ends(): Promise<{ readonly near: Stream; readonly far: Stream }> {
  const [a, b] = [await host(), await host()];
  const far = new Promise<Stream>((resolve) => {
    void b.handle(PROTOCOL, (stream) => resolve(stream));
  });
  const connection = await a.dial(b.getMultiaddrs());
  return { near: await connection.newStream(PROTOCOL), far: await far };
}

/** Resolves when the sender can send no more: its window is used up, and what it wrote has arrived. */
async function stalled(near: Stream, reader: FrameStream): Promise<void> {
  let before = -1;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = near.writeBufferLength + reader.waitingBytes;
    if (near.writeBufferLength > 0 && now === before) return;
    before = now;
  }
}

describe("a stream of frames", () => {
  it("a frame is written at once while the stream takes bytes, and not while it is full or closed", async () => {
    const { near, far } = await ends();
    const reader = new FrameStream(far, FRAME_BYTES);
    const writer = new FrameStream(near, FRAME_BYTES);
    expect(writer.sendNow(Uint8Array.of(1, 2, 3))).toBe(true);
    expect(await reader.next()).toEqual(Uint8Array.of(1, 2, 3));
    let written = 0;
    while (writer.sendNow(new Uint8Array(FRAME_BYTES))) written += 1;
    expect(near.writableNeedsDrain).toBe(true);
    for (let i = 0; i < written; i++) expect((await reader.next())?.length).toBe(FRAME_BYTES);
    near.abort(new Error("over"));
    expect(writer.sendNow(Uint8Array.of(4))).toBe(false);
  });

  it("a frame stream keeps the sender waiting while nobody reads, however often it was resumed before", async () => {
    const { near, far } = await ends();
    const reader = new FrameStream(far, FRAME_BYTES);
    const writer = new FrameStream(near, FRAME_BYTES);
    let sent = 0;
    const stop = new AbortController();
    const sending = (async () => {
      for (;;) {
        await writer.send(new Uint8Array(FRAME_BYTES).fill(sent % 251), stop.signal);
        sent += 1;
      }
    })().catch(() => undefined);
    for (let taken = 0; taken < 30; taken += 1) {
      if (taken % 3 === 0) await stalled(near, reader);
      expect(far.readBufferLength).toBeLessThanOrEqual(STREAM_WINDOW_BYTES);
      const frame = await reader.next();
      expect([frame?.length, frame?.[0], frame?.[FRAME_BYTES - 1]]).toEqual([FRAME_BYTES, taken % 251, taken % 251]);
    }
    await stalled(near, reader);
    expect(far.status).toBe("open");
    expect(reader.waitingBytes).toBeLessThanOrEqual(2 * STREAM_WINDOW_BYTES);
    stop.abort();
    await sending;
  });

  it("a frame stream reads more when the waiting bytes are less than a frame", async () => {
    const { near, far } = await ends();
    const reader = new FrameStream(far, FRAME_BYTES);
    near.send(Uint8Array.of(0, 0, 0, 4, 1));
    await expect.poll(() => far.readBufferLength).toBe(5);
    const frame = reader.next();
    near.send(Uint8Array.of(2, 3, 4));
    expect(await frame).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it("a frame stream returns the whole frames that came before a reset or an end", async () => {
    for (const end of ["reset", "close"] as const) {
      const { near, far } = await ends();
      const reader = new FrameStream(far, FRAME_BYTES);
      near.send(Uint8Array.of(0, 0, 0, 1, 7, 0, 0, 0, 2, 8));
      await expect.poll(() => far.readBufferLength).toBe(10);
      if (end === "reset") near.abort(new Error("gone"));
      else await near.close();
      await expect.poll(() => far.remoteWriteStatus).toBe("closed");
      expect(await reader.next()).toEqual(Uint8Array.of(7));
      expect(await reader.next()).toBeUndefined();
    }
  });
});
