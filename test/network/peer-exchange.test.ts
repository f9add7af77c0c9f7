import { describe, expect, it } from "vitest";
import { FrameStream } from "../../src/network/streams/frame-stream.js";
import { decodeKnownPeers, encodeKnownPeers, KNOWN_PEERS_MAX_BYTES } from "../../src/protocol/known-peers.js";
import { bytesOf, startNode, type TestNode } from "../support/network-nodes.js";
import { RawPeer } from "../support/raw-peer.js";

const PEERS = "/tos-ai/peers/1";

/** The answer that a node gets from a raw peer when it asks for peers; the frames are sent unchanged. */
async function asked(frames: readonly Uint8Array[]): Promise<TestNode> {
  const node = await startNode();
  const raw = await RawPeer.connect(node);
  await raw.libp2p.handle(PEERS, async (stream) => {
    const pipe = new FrameStream(stream, 0);
    for (const frame of frames) await pipe.send(frame);
    await stream.close();
  });
  await raw.hello();
  return node;
}

/** Asks a node for peers. The result is its answer, or undefined if the stream was reset. */
async function ask(raw: RawPeer): Promise<Uint8Array | undefined> {
  try {
    const pipe = await raw.open(PEERS);
    await pipe.stream.close();
    return await pipe.next(AbortSignal.timeout(60_000));
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") throw error;
    return undefined;
  }
}

describe("peer exchange", () => {
  it("peer exchange connects peers that joined one bootstrap node at the same moment", async () => {
    const a = await startNode();
    const joined = await Promise.all([1, 2, 3].map(() => startNode({ bootstrap: [a.address] })));
    const all = [a, ...joined];
    await Promise.all(
      all.map(({ network, seen }) =>
        seen.until("the other three", () => network.peers().filter(({ state }) => state === "ready").length === 3),
      ),
    );
    expect(all.flatMap(({ seen }) => seen.faults)).toEqual([]);
  });

  it("the answer has peers that became known after the hello, without the peer that asks", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    await raw.hello();
    const b = await startNode({ bootstrap: [a.address] });
    await a.seen.until("both", () => a.seen.ready.length === 2);
    const answer = decodeKnownPeers((await ask(raw)) ?? bytesOf("no answer"));
    expect(answer).toEqual({ ok: true, value: [b.address] });
  });

  it("a second peer exchange of the same peer is reset if it follows at once", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    await raw.hello();
    expect(await ask(raw)).toEqual(new Uint8Array(0));
    expect(await ask(raw)).toBeUndefined();
    expect(a.network.sizes().peerAsksRefused).toBe(1);
    expect(a.seen.faults).toEqual([]);
    expect(a.network.peers()).toHaveLength(1);
  });

  it("peer exchange is not answered before hello", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    const pipe = await raw.open(PEERS);
    const answer = pipe.next(AbortSignal.timeout(60_000));
    await a.seen.until("it is held", () => a.network.sizes().heldStreams === 1);
    expect(pipe.waitingBytes).toBe(0);
    await raw.hello();
    expect(await answer).toEqual(new Uint8Array(0));
  });

  it("an answer that is too large, malformed, too long or followed by more ends the connection", async () => {
    const nine = encodeKnownPeers(Array.from({ length: 9 }, () => "/ip4/127.0.0.1/tcp/1"));
    const answers: [Uint8Array[], string][] = [
      [[new Uint8Array(KNOWN_PEERS_MAX_BYTES + 1)], "frame_too_large"],
      [[bytesOf("nonsense")], "frame_malformed"],
      [[nine], "frame_malformed"],
      [[encodeKnownPeers(["/ip4/127.0.0.1/tcp/1\n"])], "frame_malformed"],
      [[encodeKnownPeers([]), encodeKnownPeers([])], "frame_malformed"],
    ];
    await Promise.all(
      answers.map(async ([frames, code]) => {
        const node = await asked(frames);
        await node.seen.until("gone", () => node.seen.gone.length === 1);
        expect(node.seen.faults).toEqual([{ peer: node.seen.ready[0]?.peer, code }]);
        expect(node.network.sizes().redialTargets).toBe(0);
      }),
    );
  });

  it("a node works beside peers without the peer exchange protocol", async () => {
    const a = await startNode();
    const raw = await RawPeer.connect(a);
    await raw.hello();
    await a.seen.until("the failed ask", () => a.network.sizes().peerAsksFailed === 1);
    expect(a.seen.faults).toEqual([]);
    expect(a.network.peers()).toHaveLength(1);
  });
});
