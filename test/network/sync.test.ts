import { describe, expect, it } from "vitest";
import { SEND_QUEUE_BYTES, STREAM_WINDOW_BYTES } from "../../src/network/constants.js";
import { FRAME_MAX_BYTES } from "../../src/protocol/frames.js";
import { bytesOf, startNode, textOf } from "../support/network-nodes.js";

describe("sync streams", () => {
  it("sync streams carry frames both ways, in order, up to the largest", async () => {
    const a = await startNode();
    const b = await startNode({ bootstrap: [a.address] });
    await a.seen.until("hello", () => a.seen.ready.length === 1);
    await b.seen.until("hello", () => b.seen.ready.length === 1);
    await Promise.all(["one", "two", "three"].map((text) => a.network.send(b.peer, bytesOf(text))));
    await b.network.send(a.peer, new Uint8Array(FRAME_MAX_BYTES).fill(7));
    await b.seen.until("three frames", () => b.seen.frames.length === 3);
    await a.seen.until("a frame", () => a.seen.frames.length === 1);
    expect(b.seen.frames.map(({ bytes }) => textOf(bytes))).toEqual(["one", "two", "three"]);
    expect(a.seen.frames[0]?.bytes).toEqual(new Uint8Array(FRAME_MAX_BYTES).fill(7));
    await expect(a.network.send(b.peer, new Uint8Array(FRAME_MAX_BYTES + 1))).rejects.toMatchObject({
      code: "frame_too_large",
    });
    await expect(a.network.send("nobody", bytesOf("x"))).rejects.toMatchObject({ code: "peer_gone" });
  });

  it("sync streams stop reading while the handler is busy, and keep less than one window on each side", async () => {
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const a = await startNode();
    const b = await startNode({ bootstrap: [a.address], onFrame: () => gate });
    await a.seen.until("hello", () => a.seen.ready.length === 1);
    const frame = new Uint8Array(FRAME_MAX_BYTES);
    const count = 400;
    let written = 0;
    let refused = 0;
    const sends: Promise<void>[] = [];
    // Send until the sender's own queue refuses a frame: by then no bytes move any more.
    const fill = async () => {
      while (refused === 0 && sends.length < count) {
        const send = a.network.send(b.peer, frame);
        sends.push(send);
        send.then(
          () => {
            written += 1;
          },
          () => {
            refused += 1;
          },
        );
        await new Promise(setImmediate);
      }
    };
    await fill();
    expect(refused).toBe(1);
    expect(b.seen.frames.length).toBe(1);
    expect(a.network.sizes().syncQueuedBytes).toBeLessThanOrEqual(SEND_QUEUE_BYTES);
    expect(b.network.sizes().syncUnreadBytes).toBeLessThanOrEqual(STREAM_WINDOW_BYTES + FRAME_MAX_BYTES);
    open?.();
    await b.seen.until("all that was written", () => b.seen.frames.length === sends.length - 1);
    await Promise.allSettled(sends);
    expect(written).toBe(sends.length - 1);
    expect(b.network.sizes().syncUnreadBytes).toBe(0);
  });

  it("a peer that does not read within the time limit loses its connection", async () => {
    const a = await startNode();
    const b = await startNode({ bootstrap: [a.address], onFrame: () => new Promise(() => {}) });
    await a.seen.until("hello", () => a.seen.ready.length === 1);
    const frame = new Uint8Array(FRAME_MAX_BYTES);
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, () => a.network.send(b.peer, frame, { timeoutMs: 300 })),
    );
    expect(results.some(({ status }) => status === "rejected")).toBe(true);
    await a.seen.until("the peer is dropped", () => a.seen.gone.includes(b.peer));
    expect(a.seen.faults).toContainEqual({ peer: b.peer, code: "peer_busy" });
  });

  it("the caller's signal stops a send on a sync stream and leaves the peer connected", async () => {
    const a = await startNode();
    const b = await startNode({ bootstrap: [a.address] });
    await a.seen.until("hello", () => a.seen.ready.length === 1);
    const signal = AbortSignal.abort();
    await expect(a.network.send(b.peer, bytesOf("x"), { signal })).rejects.toMatchObject({ code: "stopped" });
    await a.network.send(b.peer, bytesOf("y"));
    await b.seen.until("the next frame", () => b.seen.frames.length === 1);
  });
});
