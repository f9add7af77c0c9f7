import { once, setMaxListeners } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { DaemonEvent } from "../../../src/chain/daemon/daemon-events.js";
import { DAEMON_TIMES, MESSAGE_MAX_BYTES } from "../../../src/chain/daemon/limits.js";
import { DaemonMethods } from "../../../src/chain/daemon/methods.js";
import {
  DAEMON_METHODS,
  type DaemonCount,
  type DaemonMethod,
  requestText,
} from "../../../src/chain/daemon/requests.js";
import { IN_FLIGHT_MAX, WAITING_MAX } from "../../../src/chain/daemon/slots.js";
import { DaemonSocket } from "../../../src/chain/daemon/socket.js";
import { recording } from "../../support/recordings.js";
import { stallFreeTime } from "../../support/stall-free-time.js";

const signal = new AbortController().signal;
stallFreeTime();
const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0).reverse()) close();
});

/** A server that sends nothing by itself, and one connection to it. */
async function connect(times: Partial<typeof DAEMON_TIMES> = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, autoPong: true });
  opened.push(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const accepted = new Promise<WebSocket>((resolve) => server.once("connection", resolve));
  const events: DaemonEvent[] = [];
  const counts: DaemonCount[] = [];
  const ports = {
    times: { ...DAEMON_TIMES, ...times },
    event: (event: DaemonEvent) => events.push(event),
    count: (what: DaemonCount) => counts.push(what),
  };
  const session = await DaemonSocket.open(`ws://127.0.0.1:${port}/json_rpc`, ports, signal);
  opened.push(() => session.end());
  const peer = await accepted;
  opened.push(() => peer.terminate());
  return { session, peer, events, counts };
}

/** The next messages that arrive at the server. */
function received(peer: WebSocket, count: number): Promise<string[]> {
  const texts: string[] = [];
  return new Promise((resolve) => {
    peer.on("message", (data, isBinary) => {
      expect(isBinary).toBe(false);
      texts.push(String(data));
      if (texts.length === count) resolve(texts);
    });
  });
}

describe("a connection", () => {
  test("the connection answers every ping with an empty pong", async () => {
    const { peer } = await connect();
    const pong = new Promise<Buffer>((resolve) => peer.once("pong", resolve));
    peer.ping("payload-123");
    expect((await pong).length).toBe(0);
  });

  test("the connection answers thousands of pings with a few pongs", async () => {
    const { session, peer, counts } = await connect();
    let pongs = 0;
    peer.on("pong", () => pongs++);
    for (let i = 0; i < 10_000; i++) peer.ping();
    await new Promise<void>((resolve) => {
      const asked = received(peer, 1);
      peer.send('{"id":99,"jsonrpc":"2.0","result":true}');
      peer.once("pong", () => void session.call("get_info", undefined, signal).catch(() => undefined));
      void asked.then(() => resolve());
    });
    expect(counts).toEqual(["unknown_id"]);
    expect(pongs).toBeGreaterThan(0);
    expect(pongs).toBeLessThan(1000);
  });

  test("a method without parameters gets no params, and integer parameters are sent as numbers", async () => {
    const { session, peer } = await connect();
    const texts = received(peer, 2);
    const calls = [
      session.call("get_info", undefined, signal),
      session.call("get_block_at_topoheight", { topoheight: 7 }, signal),
    ];
    expect(await texts).toEqual([
      '{"jsonrpc":"2.0","id":1,"method":"get_info"}',
      '{"jsonrpc":"2.0","id":2,"method":"get_block_at_topoheight","params":{"topoheight":7}}',
    ]);
    peer.send('{"id":2,"jsonrpc":"2.0","result":"second"}');
    peer.send('{"id":1,"jsonrpc":"2.0","result":"first"}');
    expect(await Promise.all(calls)).toEqual(["first", "second"]);
  });

  test("the connection accepts an event before the reply to its subscription", async () => {
    const { session, peer, events, counts } = await connect();
    const asked = received(peer, 1);
    const subscribed = session.subscribe("block_ordered", signal);
    await asked;
    const hash = "ab".repeat(32);
    peer.send(`{"id":1,"jsonrpc":"2.0","result":{"block_hash":"${hash}","event":"block_ordered","topoheight":27}}`);
    peer.send('{"id":1,"jsonrpc":"2.0","result":true}');
    await subscribed;
    expect(events).toEqual([{ kind: "moved", place: { topoheight: 27, hash } }]);
    peer.send('{"id":1,"jsonrpc":"2.0","result":{"event":"block_ordered","topoheight":"27"}}');
    peer.send('{"id":1,"jsonrpc":"2.0","result":{"event":"new_block"}}');
    peer.send('{"id":9,"jsonrpc":"2.0","result":{"event":"block_ordered","topoheight":27}}');
    await expect.poll(() => counts).toEqual(["bad_event", "bad_event", "unknown_id"]);
    expect(events.slice(1)).toEqual([
      { kind: "moved", place: undefined },
      { kind: "moved", place: undefined },
    ]);
  });

  test("an error answer becomes a typed error", async () => {
    const { session, peer } = await connect();
    peer.on("message", (data) => {
      const { id, params } = JSON.parse(String(data)) as { id: number; params: { topoheight: number } };
      peer.send(JSON.stringify({ id, jsonrpc: "2.0", error: { code: -params.topoheight, message: "x".repeat(5000) } }));
    });
    const refused = (topoheight: number) => session.call("get_block_at_topoheight", { topoheight }, signal);
    await expect(refused(32004)).rejects.toMatchObject({ code: "not_found", rpcCode: -32004 });
    await expect(refused(32602)).rejects.toMatchObject({ code: "request_refused", rpcCode: -32602 });
    const error = await refused(32601).catch((caught: unknown) => caught);
    expect(String(error).length).toBeLessThan(400);
  });

  test("the connection bounds requests in flight and waiting, and fails them at its end", async () => {
    const { session, peer } = await connect();
    const some = new AbortController();
    setMaxListeners(0, some.signal);
    const texts = received(peer, IN_FLIGHT_MAX);
    const calls = Array.from({ length: IN_FLIGHT_MAX + WAITING_MAX }, () =>
      session.call("get_info", undefined, some.signal).catch((error: unknown) => error),
    );
    await texts;
    expect(session.sizes).toEqual({ taken: IN_FLIGHT_MAX, waiting: WAITING_MAX });
    await expect(session.call("get_info", undefined, signal)).rejects.toMatchObject({ code: "peer_busy" });
    some.abort();
    await Promise.all(calls);
    expect(session.sizes).toEqual({ taken: IN_FLIGHT_MAX, waiting: 0 });
    // A late answer is recognised as late.
    for (let id = 1; id <= IN_FLIGHT_MAX; id++) peer.send(`{"id":${id},"jsonrpc":"2.0","result":1}`);
    await expect.poll(() => session.sizes.taken).toBe(0);
  });

  test("a late answer ends the connection and fails all open requests", async () => {
    const { session, counts } = await connect({ answerMs: 50 });
    const calls = [1, 2].map(() =>
      session.call("get_info", undefined, signal).catch((error: { code: string }) => error.code),
    );
    expect(await Promise.all(calls)).toEqual(["request_timeout", "request_timeout"]);
    expect(await session.ended).toMatchObject({ code: "request_timeout" });
    expect(counts).toEqual(["timeout"]);
    await expect(session.call("get_info", undefined, signal)).rejects.toMatchObject({ code: "request_timeout" });
  });

  test("a session ends after silence, and not while pings come for more than three times as long", async () => {
    const silenceMs = 120;
    const { session, peer, counts } = await connect({ silenceMs });
    let ended = false;
    void session.ended.then(() => {
      ended = true;
    });
    const until = performance.now() + 3 * silenceMs;
    while (!ended && performance.now() < until) {
      peer.ping();
      await Promise.race([once(peer, "pong"), session.ended]);
    }
    expect(ended).toBe(false);
    expect(await session.ended).toMatchObject({ code: "chain_unreachable" });
    expect(counts).toEqual(["silent"]);
  });

  test.each([
    ["a binary message", (peer: WebSocket) => peer.send(Buffer.from("{}"))],
    ["a message over the limit", (peer: WebSocket) => peer.send("x".repeat(MESSAGE_MAX_BYTES + 1))],
    ["no JSON", (peer: WebSocket) => peer.send("nonsense")],
    ["a batch that nobody sent", (peer: WebSocket) => peer.send('[{"id":1,"jsonrpc":"2.0","result":1}]')],
    ["an id that is none", (peer: WebSocket) => peer.send('{"id":1.5,"jsonrpc":"2.0","result":1}')],
    ["deep nesting", (peer: WebSocket) => peer.send("[".repeat(1_000_000))],
    ["a request of its own", (peer: WebSocket) => peer.send('{"id":1,"jsonrpc":"2.0","method":"get_info"}')],
  ])("the session ends with a typed error at %s", async (_name, send) => {
    const { session, peer, counts } = await connect();
    const call = session.call("get_info", undefined, signal);
    send(peer);
    await expect(call).rejects.toMatchObject({ code: "chain_answer" });
    expect(await session.ended).toMatchObject({ code: "chain_answer" });
    expect(counts).toEqual(["bad_answer"]);
  });
});

describe("the list of methods", () => {
  test("the list of methods does not contain get_ai_mining_state, and no other name can be called", async () => {
    expect(DAEMON_METHODS.has("get_ai_mining_state")).toBe(false);
    const { session, peer } = await connect();
    const forbidden = ["get_ai_mining_state", "get_ai_mining_state_at_topoheight", "shutdown", "constructor"];
    for (const method of forbidden as DaemonMethod[]) {
      expect(() => requestText(1, method, undefined)).toThrow(expect.objectContaining({ code: "not_allowed" }));
      await expect(session.call(method, undefined, signal)).rejects.toMatchObject({ code: "not_allowed" });
    }
    const text = received(peer, 1);
    session.call("get_info", undefined, signal).catch(() => undefined);
    expect((await text)[0]).toContain("get_info");
  });
});

describe("what was recorded of a daemon", () => {
  test("a recorded minute of events is parsed", async () => {
    const { session, peer, events, counts } = await connect();
    const lines = recording("peers/reorg-3-past-stable.txt").split("\n");
    const names = [
      "new_block",
      "block_ordered",
      "block_orphaned",
      "stable_height_changed",
      "stable_topo_height_changed",
    ] as const;
    // The recording has the subscriptions in another order, and has further ones.
    const idOf = new Map(names.map((name, i) => [name as string, i + 1]));
    const replies = received(peer, names.length);
    const subscribed = Promise.all(names.map((name) => session.subscribe(name, signal)));
    await replies;
    for (const id of idOf.values()) peer.send(`{"id":${id},"jsonrpc":"2.0","result":true}`);
    await subscribed;
    let sent = 0;
    for (const line of lines) {
      const message = / RECV text (\{.*\})$/.exec(line)?.[1];
      const name = message === undefined ? undefined : /"event":"(\w+)"/.exec(message)?.[1];
      const id = name === undefined ? undefined : idOf.get(name);
      if (message === undefined || id === undefined) continue;
      peer.send(message.replace(/"id":\d+/, `"id":${id}`));
      sent++;
    }
    await expect.poll(() => events.length).toBe(sent);
    expect(sent).toBeGreaterThan(100);
    expect(counts).toEqual([]);
    // The stable height drops from 138 to 126 in one step, without an event about an orphaned block.
    expect(events.filter(({ kind }) => kind === "undone")).toHaveLength(2);
  });

  test("the recorded answers are parsed", async () => {
    const { session, peer } = await connect();
    const recorded = new Map<string, string>();
    for (const line of recording("http.jsonl").trimEnd().split("\n")) {
      const { request, response } = JSON.parse(line) as { request: string; response: string };
      const { method, params } = JSON.parse(request) as { method: string; params?: object };
      recorded.set(`${method} ${JSON.stringify(params)}`, response);
    }
    peer.on("message", (data) => {
      const { id, method, params } = JSON.parse(String(data)) as { id: number; method: string; params?: object };
      peer.send((recorded.get(`${method} ${JSON.stringify(params)}`) ?? "missing").replace(/"id":\d+/, `"id":${id}`));
    });
    const methods = new DaemonMethods(session);
    expect(await methods.info(signal)).toMatchObject({ network: 3, stableHeight: 0, blockTimeMs: 60_000 });
    expect(await methods.tip(signal)).toEqual({
      topoheight: 4,
      height: 4,
      hash: "2e6d6e20b53504cb397a62487eb0439f52cccfea05be575f318d40a91faa6563",
      timestampSeconds: 1_795_359_823,
      stableHeight: 0,
      stableTopoheight: 0,
      blockTimeMs: 60_000,
    });
    expect((await methods.blocks(2, 4, signal)).map(({ topoheight }) => topoheight)).toEqual([2, 3, 4]);
    expect(await methods.blockAt(1, signal)).toMatchObject({ height: 1, timestampMs: 1_795_359_808_968 });
    expect(await methods.peers(signal)).toEqual([]);
    expect(await methods.hasAiMining(signal)).toBe(true);
    expect(await methods.task("00".repeat(32), signal)).toBeUndefined();
  });
});
