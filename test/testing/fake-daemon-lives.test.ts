import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect, createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { FakeDaemon, type FakeDaemonOptions } from "../../src/testing/index.js";
import { RawClient } from "./raw-client.js";

const started: FakeDaemon[] = [];
const clients: RawClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const daemon of started.splice(0)) await daemon.stop();
});

async function start(options?: FakeDaemonOptions): Promise<FakeDaemon> {
  const daemon = await FakeDaemon.start(options);
  started.push(daemon);
  return daemon;
}

async function open(daemon: FakeDaemon): Promise<RawClient> {
  const client = await RawClient.open(daemon.port);
  clients.push(client);
  return client;
}

function connectError(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
  });
}

/** So many pings of a daemon that nothing happens to: time, without a clock. */
async function pass(pings: number, pingMs: number): Promise<void> {
  const clock = await start({ timers: { pingMs } });
  const client = await open(clock);
  await client.until((it) => it.count("ping") > pings || it.ended !== undefined);
}

describe("kill and restart", () => {
  it("a killed daemon ends its connections without a close frame and frees its port", async () => {
    const daemon = await start();
    const client = await open(daemon);
    await daemon.kill();
    await client.untilEnded();
    expect([client.ended, client.closed]).toEqual(["end", undefined]);
    expect(await connectError(daemon.port)).toBe("ECONNREFUSED");
  });

  it("or resets them", async () => {
    const daemon = await start();
    const client = await open(daemon);
    await daemon.kill({ reset: true });
    await client.untilEnded();
    expect(client.ended).toBe("reset");
  });

  it("a restarted daemon has its port, its chain with the blocks mined meanwhile, and another peer id", async () => {
    const daemon = await start();
    const { port, chain } = daemon;
    daemon.mine(30);
    const before = await (await open(daemon)).answer(1, "p2p_status");
    await daemon.kill();
    const { hash } = daemon.mine(3);
    await daemon.restart();
    expect([daemon.port, daemon.chain]).toEqual([port, chain]);
    const client = await open(daemon);
    expect(await client.answer(1, "get_info")).toContain(`"top_block_hash":"${hash}","topoheight":33`);
    expect(await client.answer(2, "p2p_status")).not.toContain(/"peer_id":\d+/.exec(before)?.[0]);
  });

  it("a daemon may restart with another genesis, network or revision", async () => {
    const daemon = await start();
    const genesis = daemon.chain.at(0)?.hash;
    await daemon.restart({ seed: "another" });
    expect(daemon.chain.at(0)?.hash).not.toBe(genesis);
    await daemon.restart({ network: "testnet", profile: "plain" });
    const client = await open(daemon);
    expect(await client.answer(1, "get_info")).toContain('"network":"Testnet"');
    expect(await client.answer(2, "get_ai_mining_statistics")).toContain('"code":-32601');
  });

  it("lives without RPC when its port is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => void other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const daemon = await start({ port: typeof address === "object" ? (address?.port ?? 0) : 0 });
    expect([daemon.running, daemon.listening]).toEqual([true, false]);
    expect(daemon.mine().height).toBe(1);
    await new Promise((resolve) => void other.close(resolve));
    await daemon.restart();
    expect(daemon.listening).toBe(true);
    await daemon.restart({ rpc: false });
    expect([daemon.running, await connectError(daemon.port)]).toEqual([true, "ECONNREFUSED"]);
  });

  it("dies and comes back two hundred times, under load, and leaves no handle", async () => {
    const handles = (): number => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
    const before = handles();
    const daemon = await start({ blockMs: 0.2 });
    for (let i = 0; i < 200; i++) {
      const client = await RawClient.open(daemon.port);
      client.call(1, "subscribe", { notify: "new_block" });
      await daemon.untilSubscribed("new_block");
      await daemon.kill({ reset: i % 2 === 0 });
      await client.untilEnded();
      client.destroy();
      await daemon.restart();
    }
    await daemon.stop();
    await expect.poll(handles).toBeLessThanOrEqual(before);
  });

  it("a stopped daemon rejects the pending waits of a test", async () => {
    const daemon = await start();
    const waiting = expect(daemon.untilClients(7)).rejects.toThrow("stopped");
    await daemon.stop();
    await waiting;
  });
});

describe("blocks by the clock", () => {
  it("blocks by the clock come while the daemon runs, and not while it is down, frozen or stalled", async () => {
    const daemon = await start({ blockMs: 1 });
    const mined = (): Promise<void> => {
      const { height } = daemon.chain;
      return daemon.until(({ chain }) => chain.height >= height + 3);
    };
    await mined();
    for (const [halt, go] of [
      [() => daemon.kill(), () => daemon.restart()],
      [() => daemon.freeze(), () => daemon.thaw()],
      [() => daemon.stall(), () => daemon.mineEvery(1)],
    ]) {
      await halt?.();
      const { height } = daemon.chain;
      await pass(2, 20);
      expect(daemon.chain.height).toBe(height);
      await go?.();
      await mined();
    }
  });

  it("a block time of 0.2 ms mines thousands of blocks a second", async () => {
    const daemon = await start({ blockMs: 0.2 });
    const begun = performance.now();
    await daemon.until(({ chain }) => chain.height >= 2000);
    expect(performance.now() - begun).toBeGreaterThan(300);
  });
});

describe("freeze", () => {
  it("a frozen daemon sends nothing, and sends the missed pings and answers when it is thawed", async () => {
    const daemon = await start({ timers: { pingMs: 20, pongMs: 100_000 } });
    const client = await open(daemon);
    await client.until((it) => it.count("ping") === 1);
    daemon.freeze();
    client.call(2, "get_height");
    daemon.mine();
    await pass(4, 20);
    expect(client.frames.filter(({ kind }) => kind !== "ping")).toEqual([]);
    const pings = client.count("ping");
    daemon.thaw();
    await client.until(({ texts }) => texts.length > 0);
    expect(client.texts).toEqual(['{"id":2,"jsonrpc":"2.0","result":1}']);
    expect(client.count("ping")).toBeGreaterThanOrEqual(pings + 3);
  });

  it("a thawed daemon closes connections whose pong is overdue", async () => {
    const daemon = await start({ timers: { pingMs: 20, pongMs: 60 } });
    const client = await open(daemon);
    daemon.freeze();
    await pass(5, 20);
    expect(client.ended).toBeUndefined();
    daemon.thaw();
    await client.untilEnded();
    expect(client.closed).toEqual({ kind: "close", text: "" });
  });

  it("a frozen daemon accepts connections, also over HTTP, and answers them later", async () => {
    const daemon = await start();
    daemon.freeze();
    expect(await connectError(daemon.port)).toBeUndefined();
    const opening = open(daemon);
    const body = '{"jsonrpc":"2.0","id":1,"method":"get_height"}';
    const asking = fetch(daemon.httpUrl, { method: "POST", body });
    await pass(3, 20);
    expect(daemon.requests("get_height")).toBe(0);
    daemon.thaw();
    expect((await opening).head).toContain("101");
    expect(await (await asking).text()).toBe('{"id":1,"jsonrpc":"2.0","result":0}');
  });

  it("a frozen daemon reads nothing from an open HTTP connection", async () => {
    const daemon = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<unknown> => once(get({ port: daemon.port, path: "/", agent }), "response");
    const [first] = (await ask()) as [IncomingMessage];
    await once(first.resume(), "end");
    daemon.freeze();
    let answered = false;
    const asking = ask().then(() => {
      answered = true;
    });
    await pass(3, 20);
    expect(answered).toBe(false);
    daemon.thaw();
    await asking;
    agent.destroy();
  });

  it("a frozen daemon can be killed", async () => {
    const daemon = await start();
    const client = await open(daemon);
    daemon.freeze();
    const waiting = connectError(daemon.port);
    await daemon.kill();
    await client.untilEnded();
    await waiting;
    await daemon.restart();
    expect(await (await open(daemon)).answer(1, "get_height")).toContain('"result":0');
  });
});

describe("zombies", () => {
  it("the connections of now say nothing any more, not even when they end; new ones are served", async () => {
    const daemon = await start({ timers: { pingMs: 20 } });
    const client = await open(daemon);
    await client.answer(1, "subscribe", { notify: "new_block" });
    daemon.zombie();
    const { length } = client.frames;
    client.call(2, "get_height");
    daemon.mine();
    expect(await (await open(daemon)).answer(1, "get_height")).toContain('"result":1');
    await pass(3, 20);
    client.halfClose();
    await pass(1, 20);
    expect([client.frames.length, client.ended, daemon.clients]).toEqual([length, undefined, 1]);
  });

  it("the call that must never be made drops HTTP and makes a zombie of a WebSocket, once a miner exists", async () => {
    const daemon = await start();
    const client = await open(daemon);
    expect(await client.answer(1, "get_ai_mining_state")).toBe('{"id":1,"jsonrpc":"2.0","result":null}');
    daemon.registerMiner("aa".repeat(32));
    daemon.mine();
    client.call(2, "get_ai_mining_state");
    client.call(3, "get_version");
    await daemon.until((it) => it.clients === 0);
    const body = '{"jsonrpc":"2.0","id":1,"method":"get_ai_mining_state"}';
    await expect(fetch(daemon.httpUrl, { method: "POST", body })).rejects.toThrow();
    expect([client.texts.length, client.ended]).toEqual([1, undefined]);
  });

  it("a client that reads nothing is dropped", async () => {
    const daemon = await start({ timers: { sendMs: 20 } });
    daemon.mine(21);
    const client = await open(daemon);
    client.pause();
    for (let id = 1; id <= 2000; id++) client.call(id, "get_blocks_range_by_topoheight");
    await daemon.untilRequests("get_blocks_range_by_topoheight", 100);
    await daemon.untilClients(0);
    client.resume();
    await client.untilEnded();
    expect(client.texts.length).toBeLessThan(2000);
    expect(client.closed).toBeUndefined();
  });
});
