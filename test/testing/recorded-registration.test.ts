import { afterEach, describe, expect, it } from "vitest";
import { isObject, type Json, readJson } from "../../src/testing/daemon-json.js";
import { FakeDaemon } from "../../src/testing/index.js";
import { recording, sameShape, shapeOf } from "../support/recordings.js";

const recorded = readJson(recording("registration/registrations.json")) as Record<string, Json>;
const KEY = "7cc1f3eb87beb862b471f0f70baf16d2c67980a2d66e85168f7f39bbee226131";

const running: FakeDaemon[] = [];
afterEach(async () => {
  for (const daemon of running.splice(0)) await daemon.stop();
});

async function fake(blocks: number, seed = "registration"): Promise<FakeDaemon> {
  const daemon = await FakeDaemon.start({ seed });
  running.push(daemon);
  daemon.mine(blocks);
  return daemon;
}

/** The daemon's result, or the code of its error. */
async function ask(daemon: FakeDaemon, method: string, params?: object): Promise<Json> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, ...(params === undefined ? {} : { params }) });
  const answer = readJson(await (await fetch(daemon.httpUrl, { method: "POST", body })).text());
  if (!isObject(answer)) throw new Error("an answer is an object");
  return isObject(answer.error) ? (answer.error.code ?? null) : (answer.result ?? null);
}

const executedIn = async (daemon: FakeDaemon, hash: string): Promise<Json> => {
  const [item] = (await ask(daemon, "get_transactions", { tx_hashes: [hash] })) as Json[];
  return isObject(item) ? (item.executed_in_block ?? null) : "unknown";
};
const range = (daemon: FakeDaemon, from: number, to: number) =>
  ask(daemon, "get_blocks_range_by_topoheight", { start_topoheight: from, end_topoheight: to });

describe("registrations", () => {
  it("registrations are answered in the recorded shape, with null for an unknown transaction", async () => {
    const daemon = await fake(110);
    const { hash } = daemon.registerMiner(KEY);
    daemon.mine();
    const answer = await ask(daemon, "get_transactions", { tx_hashes: [hash, "ab".repeat(32)] });
    const shape = shapeOf(recorded["get_transactions of one that a block executed, and of one that is unknown"]);
    expect(sameShape(shapeOf(answer), shape)).toBe(true);
    expect((answer as Json[])[1]).toBeNull();
  });

  it("a block may contain invalid registrations, which it does not execute", async () => {
    const daemon = await fake(110);
    const first = daemon.registerMiner(KEY);
    const { hash: block } = daemon.mine();
    const failing = [
      daemon.registerMiner(KEY),
      daemon.registerMiner("98".repeat(32), { fee: 5 }),
      daemon.registerMiner("97".repeat(32), { source: "96".repeat(32) }),
    ];
    expect(daemon.mine().transactions).toEqual(failing);
    expect(await executedIn(daemon, first.hash)).toBe(block);
    for (const { hash } of failing) expect(await executedIn(daemon, hash)).toBeNull();
    expect(await ask(daemon, "get_ai_mining_miner", { address: [...Buffer.from("98".repeat(32), "hex")] })).toBe(
      -32600,
    );
  });

  it("failed registrations are reported as orphaned, with the whole transaction as recorded", async () => {
    const daemon = await fake(20);
    const groups = [daemon.chain.submit(daemon.registerMiner("98".repeat(32), { fee: 5 })), daemon.chain.mine()].flat(
      2,
    );
    const orphaned = groups.filter(({ event }) => event === "transaction_orphaned");
    const { event: _event, ...body } = recorded["event transaction_orphaned of the second registration"] as {
      event: Json;
    };
    expect(orphaned).toHaveLength(1);
    expect(sameShape(shapeOf(orphaned[0]?.body), shapeOf(body))).toBe(true);
    expect(orphaned[0]?.body).toMatchObject({ blocks: null, executed_in_block: null, in_mempool: false });
  });

  it("a rewind undoes no registration, so two daemons of one chain may differ in its execution", async () => {
    const [a, b] = [await fake(20), await fake(20)];
    const registration = a.registerMiner(KEY);
    a.mine();
    a.reorganise(1, { blocks: 1 });
    a.resubmit(registration);
    const block = a.mine();
    a.mine(3);
    b.adopt(a);
    expect(b.chain.top.hash).toBe(a.chain.top.hash);
    expect(await executedIn(a, registration.hash)).toBeNull();
    expect(await executedIn(b, registration.hash)).toBe(block.hash);
    expect(await ask(b, "get_top_block")).toEqual(await ask(a, "get_top_block"));
  });
});

describe("a pruned chain", () => {
  it("a pruned chain has the genesis and the blocks from its pruned place on, and no others", async () => {
    const daemon = await fake(100);
    daemon.prune(60);
    expect(await ask(daemon, "get_info")).toMatchObject({ pruned_topoheight: 60 });
    expect(await ask(daemon, "get_pruned_topoheight")).toBe(60);
    for (const topoheight of [0, 60, 100]) {
      expect(await ask(daemon, "get_block_at_topoheight", { topoheight })).toMatchObject({ topoheight });
    }
    expect(await ask(daemon, "get_block_at_topoheight", { topoheight: 59 })).toBe(-32004);
    expect(await range(daemon, 59, 61)).toBe(-32004);
    expect(await range(daemon, 0, 1)).toBe(-32004);
    expect(await range(daemon, 60, 80)).toHaveLength(21);
    expect(await ask(daemon, "get_blocks_at_height", { height: 59 })).toEqual([]);
    expect(await ask(daemon, "get_blocks_at_height", { height: 60 })).toHaveLength(1);
  });

  it("whose pruning failed half-way does not say so, and refuses with another code", async () => {
    const daemon = await fake(100);
    daemon.prune(60, { half: true });
    expect(await ask(daemon, "get_info")).toMatchObject({ pruned_topoheight: null });
    expect(await ask(daemon, "get_block_at_topoheight", { topoheight: 59 })).toBe(-32602);
    expect(await range(daemon, 50, 70)).toBe(-32602);
    expect(await ask(daemon, "get_block_at_topoheight", { topoheight: 101 })).toBe(-32004);
    expect(await range(daemon, 60, 80)).toHaveLength(21);
  });
});

it("after pop_blocks the height that get_info says is one above the topoheight, until the next block", async () => {
  const daemon = await fake(50);
  daemon.popBlocks(12);
  expect(await ask(daemon, "get_info")).toMatchObject({ height: 39, topoheight: 38, stableheight: 30 });
  expect(await ask(daemon, "get_top_block")).toMatchObject({ height: 38 });
  daemon.mine();
  expect(await ask(daemon, "get_info")).toMatchObject({ height: 39, topoheight: 39 });
});
