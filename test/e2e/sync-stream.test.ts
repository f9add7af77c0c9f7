import type { Connection, Stream } from "@libp2p/interface";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { codeTask, LocalNode } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";
import { StallFreeWatch } from "../support/stall-free-time.js";

const SYNC = "/tos-ai/sync/1";
/** Time to the next regular exchange of a connection. */
const WINDOWS_EVERY_MS = 30_000;

/** Called with the next sync stream that a node with this peer id opens, after its first frame. */
const kills = new Map<string, (stream: Stream) => void>();

vi.mock(import("../../vendor/libp2p/index.js"), async (original) => {
  const library = await original();
  const createLibp2p: typeof library.createLibp2p = async (options) => {
    const node = await library.createLibp2p(options);
    node.addEventListener("connection:open", ({ detail }) => watch(node.peerId.toString(), detail));
    return node;
  };
  return { ...library, createLibp2p };
});

function closed(stream: Stream): void {
  void stream.close();
}

function reset(stream: Stream): void {
  stream.abort(new Error("gone"));
}

function watch(own: string, connection: Connection): void {
  const open = connection.newStream.bind(connection);
  connection.newStream = async (protocols, options) => {
    const stream = await open(protocols, options);
    const kill = kills.get(own);
    if (protocols !== SYNC || kill === undefined) return stream;
    kills.delete(own);
    const send = stream.send.bind(stream);
    stream.send = (bytes) => {
      const more = send(bytes);
      kill(stream);
      return more;
    };
    return stream;
  };
}

describe("an exchange whose sync stream ends in the middle", () => {
  let directory: Awaited<ReturnType<typeof makeDirectory>>;
  let nodes: LocalNode[] = [];

  beforeEach(async () => {
    directory = await makeDirectory();
  });

  afterEach(async () => {
    for (const node of nodes) await node.stop();
    nodes = [];
    kills.clear();
    await directory.remove();
  });

  async function start(name: string, bootstrap: readonly string[] = []): Promise<LocalNode> {
    const node = await LocalNode.start(`${directory.path}/${name}`, bootstrap);
    nodes.push(node);
    return node;
  }

  it.each<[string, "a" | "b", (stream: Stream) => void]>([
    ["the acceptor ends its stream", "a", closed],
    ["the acceptor resets its stream", "a", reset],
    ["the opener ends its stream", "b", closed],
    ["the opener resets its stream", "b", reset],
  ])("an exchange whose sync stream ends starts again at once: %s", async (_what, killer, kill) => {
    // After a restart gossip no longer sends the record: only an exchange brings it.
    const author = await start("a");
    const { taskId } = await author.control.publishTask(codeTask("find the bug"));
    await author.stop();
    nodes = [];
    const a = await start("a");
    // The peer id of b is known after its first run.
    const first = await start("b");
    const peers = { a: a.control.info().peerId, b: first.control.info().peerId };
    await first.stop();
    nodes = [a];
    kills.set(peers[killer], kill);
    const watch = new StallFreeWatch();
    const b = await start("b", [a.address]);
    await b.until(async (control) => control.taskDetails(taskId).catch(() => undefined));
    expect(kills.size).toBe(0);
    expect(watch.stop()).toBeLessThan(WINDOWS_EVERY_MS);
    await b.until(async (control) => (control.peers()[0]?.streams.sync === "open" ? true : undefined));
  });
});
