import type { Stream } from "@libp2p/interface";
import { describe, expect, it } from "vitest";
import { FrameStream } from "../../src/network/streams/frame-stream.js";
import { FRAME_MAX_BYTES } from "../../src/protocol/frames.js";
import { bytesOf, type NodeSetup, startNode, type TestNode, textOf } from "../support/network-nodes.js";
import { RawPeer, type RawSetup } from "../support/raw-peer.js";

const SYNC = "/tos-ai/sync/1";
const GOSSIP = ["/meshsub/1.0.0", "/meshsub/1.1.0", "/meshsub/1.2.0"];

/** A node and a raw peer after hello; the peer accepts every stream and opens none. */
async function session(setup: NodeSetup = {}, rawSetup: RawSetup = {}): Promise<{ a: TestNode; raw: RawPeer }> {
  const a = await startNode(setup);
  const raw = await RawPeer.connect(a, rawSetup);
  for (const protocol of GOSSIP) await raw.libp2p.handle(protocol, () => undefined);
  expect(await raw.hello()).toMatchObject({ kind: "ready" });
  return { a, raw };
}

/** Checks that the node closes the connection and reports the reason to the engine, to the metrics and to a person. */
async function closedFor(a: TestNode, raw: RawPeer, code: string, what: string): Promise<void> {
  await a.seen.until("the end of the connection", () => a.seen.gone.length === 1);
  await raw.closed();
  expect(a.seen.faults).toEqual([{ peer: raw.peer, code }]);
  expect(a.seen.lines.map(({ text }) => text)).toContain(`closing a connection that does not work: ${what}`);
  expect(a.network.peers()).toEqual([]);
  await expect(a.network.send(raw.peer, bytesOf("x"))).rejects.toMatchObject({ code: "peer_gone" });
}

const LOST = "its sync stream was reset, or ended within a frame";

describe("the sync stream that a peer opened", () => {
  it("the sync stream of a peer must be open within 10 s after hello", async () => {
    const { a, raw } = await session();
    await raw.connection.newStream(GOSSIP);
    await a.seen.until("hello", () => a.seen.ready.length === 1);
    await a.seen.until("the own stream", () => a.network.sizes().syncWaiting === 1);
    expect(a.network.peers()).toMatchObject([{ state: "ready", sync: "waiting" }]);
    await closedFor(a, raw, "sync_stream_missing", "it opens no sync stream");
  });

  it.each<[string, (stream: Stream) => unknown]>([
    ["before its first frame", (stream) => stream.abort(new Error("gone"))],
    [
      "within a length",
      (stream) => {
        stream.send(Uint8Array.of(0, 0));
        return stream.close();
      },
    ],
    [
      "after a length",
      (stream) => {
        stream.send(Uint8Array.of(0, 0, 0, 1, 42, 0, 0, 1, 0));
        return stream.close();
      },
    ],
    [
      "within a frame",
      (stream) => {
        stream.send(Uint8Array.of(0, 0, 0, 1, 42, 0, 0, 1, 0, 7));
        stream.abort(new Error("gone"));
      },
    ],
  ])("the connection ends when the sync stream of a peer breaks %s", async (_phase, end) => {
    const { a, raw } = await session();
    await end(await raw.connection.newStream(SYNC));
    await closedFor(a, raw, "sync_stream_lost", LOST);
  });

  it("the connection ends when the sync stream of a peer breaks while a frame is handled", async () => {
    let handled: (() => void) | undefined;
    const { a, raw } = await session({
      onFrame: () =>
        new Promise((resolve) => {
          handled = resolve;
        }),
    });
    const sync = await raw.open(SYNC);
    await sync.send(bytesOf("one"));
    await sync.send(bytesOf("two"));
    await a.seen.until("the first frame", () => a.seen.frames.length === 1);
    await a.seen.until("the second frame", () => (a.network.sizes().syncUnreadBytes ?? 0) > 0);
    sync.stream.abort(new Error("gone"));
    handled?.();
    await a.seen.until("what came before the reset", () => a.seen.frames.length === 2);
    handled?.();
    await closedFor(a, raw, "sync_stream_lost", LOST);
  });

  it("a sync stream may end after a whole frame, and the next stream continues after its frames", async () => {
    const gates: (() => void)[] = [];
    const { a, raw } = await session({ onFrame: () => new Promise((resolve) => gates.push(resolve)) });
    const first = await raw.open(SYNC);
    for (const text of ["one", "two"]) await first.send(bytesOf(text));
    await first.stream.close();
    const second = await raw.open(SYNC);
    await second.send(bytesOf("three"));
    await a.seen.until("the first frame", () => a.seen.frames.length === 1);
    await a.seen.until("the second stream", () => a.network.peers().some((peer) => peer.sync === "open"));
    for (let open = 0; open < 3; open += 1) {
      await a.seen.until("the next frame", () => gates.length === open + 1);
      gates[open]?.();
    }
    await second.send(bytesOf("four"));
    await a.seen.until("the last frame", () => a.seen.frames.length === 4);
    expect(a.seen.frames.map(({ bytes }) => textOf(bytes))).toEqual(["one", "two", "three", "four"]);
    expect([a.seen.faults, a.seen.gone]).toEqual([[], []]);
  });

  it("the connection ends when a sync stream ends and no other follows it", async () => {
    const { a, raw } = await session();
    const sync = await raw.open(SYNC);
    await sync.send(bytesOf("one"));
    await a.seen.until("open", () => a.network.peers().some((peer) => peer.sync === "open"));
    await sync.stream.close();
    await a.seen.until("waiting", () => a.network.peers().some((peer) => peer.sync === "waiting"));
    await closedFor(a, raw, "sync_stream_missing", "it ended its sync stream and opened no other");
    expect(a.seen.frames).toHaveLength(1);
  });

  it("a second sync stream of a peer is reset, and the first is still read", async () => {
    const { a, raw } = await session();
    const first = await raw.open(SYNC);
    await first.send(bytesOf("one"));
    await a.seen.until("the first frame", () => a.seen.frames.length === 1);
    const second = await raw.connection.newStream(SYNC);
    await a.seen.until("the second is reset", () => second.status === "reset");
    await first.send(bytesOf("two"));
    await a.seen.until("the first goes on", () => a.seen.frames.length === 2);
    expect(a.seen.faults).toEqual([]);
  });
});

describe("the sync stream that a node opened", () => {
  it("the connection ends when the peer does not accept the sync stream of the node", async () => {
    const { a, raw } = await session({}, { onSync: "none" });
    await closedFor(a, raw, "sync_stream_missing", "it takes no sync stream");
  });

  it("the connection ends when the peer resets the sync stream of the node at once", async () => {
    const { a, raw } = await session({}, { onSync: (stream) => stream.abort(new Error("not today")) });
    await closedFor(a, raw, "sync_stream_lost", "the sync stream to it was reset");
  });

  it("a later reset of the node's sync stream ends the connection, and waiting frames fail at once", async () => {
    let sync: Stream | undefined;
    const { a, raw } = await session(
      {},
      {
        onSync: (stream) => {
          sync = stream;
        },
      },
    );
    await raw.open(SYNC);
    await a.seen.until("both streams", () => a.network.peers().some((peer) => peer.sync === "open"));
    // The peer does not read: the window fills, and the other frames wait.
    const sends = Array.from({ length: 60 }, () => a.network.send(raw.peer, new Uint8Array(FRAME_MAX_BYTES)));
    const outcomes = Promise.allSettled(sends);
    await sends[0];
    sync?.abort(new Error("not any more"));
    const failed = (await outcomes).flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
    expect(new Set(failed)).toEqual(new Set(["peer_gone"]));
    await closedFor(a, raw, "sync_stream_lost", "the sync stream to it was reset");
  });

  it("the sync stream of the node stays open if the peer closes the unused direction", async () => {
    let reader: FrameStream | undefined;
    const { a, raw } = await session(
      {},
      {
        onSync: (stream) => {
          reader = new FrameStream(stream, FRAME_MAX_BYTES);
          void stream.close();
        },
      },
    );
    await raw.open(SYNC);
    await a.seen.until("both streams", () => a.network.peers().some((peer) => peer.sync === "open"));
    await a.network.send(raw.peer, bytesOf("still here"));
    expect(textOf(await reader?.next())).toBe("still here");
    expect(a.network.peers()).toMatchObject([{ sync: "open" }]);
  });
});
