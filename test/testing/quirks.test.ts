import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isObject, readJson } from "../../src/testing/daemon-json.js";
import { eventOf, FakeDaemon, NO_QUIRKS, STRAY_ID, wrongAnswers } from "../../src/testing/index.js";
import { recordedCalls, sameShape, shapeOf } from "../support/recordings.js";
import { RawClient } from "./raw-client.js";

let daemon: FakeDaemon;
let client: RawClient;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.mine(20);
  client = await RawClient.open(daemon.port);
});
afterEach(async () => {
  client.destroy();
  await daemon.stop();
});

async function subscribe(...events: readonly string[]): Promise<void> {
  for (const [i, notify] of events.entries()) await client.answer(i + 1, "subscribe", { notify });
}

/** What came after so many texts. */
async function eventTexts(count: number, after: number): Promise<readonly string[]> {
  await client.until(({ texts }) => texts.length >= after + count);
  return client.texts.slice(after);
}

describe("events", () => {
  it("events of one block may come in any order", async () => {
    await subscribe("new_block", "block_ordered", "stable_height_changed");
    daemon.mine(40);
    const events = (await eventTexts(120, 3)).map((text) => eventOf(readJson(text)));
    const orders = new Set(Array.from({ length: 40 }, (_, i) => events.slice(3 * i, 3 * i + 3).join()));
    expect(orders.size).toBe(6);
  });

  it("events may come twice, and for unknown ids", async () => {
    await subscribe("new_block");
    Object.assign(daemon.quirks, { duplicates: true, strayIds: true });
    daemon.mine();
    const texts = await eventTexts(3, 1);
    expect(texts[0]).toBe(texts[1]);
    expect(texts[2]).toContain(`"id":${STRAY_ID},`);
  });

  it("events of several blocks may come in any order", async () => {
    await subscribe("block_ordered");
    daemon.quirks.shuffledBlocks = 20;
    daemon.mine(20);
    const places = (await eventTexts(20, 1)).map((text) => Number(/"topoheight":(\d+)/.exec(text)?.[1]));
    expect(places).not.toEqual([...places].sort((a, b) => a - b));
    expect(new Set(places).size).toBe(20);
  });

  it("events of one block may arrive at different times", async () => {
    await subscribe("new_block", "block_ordered");
    daemon.quirks.spreadMs = 5;
    daemon.mine(10);
    expect(client.texts.length).toBeLessThan(22);
    await eventTexts(20, 2);
  });

  it("events may come before the reply to their subscription", async () => {
    daemon.quirks.blockBeforeReply = true;
    client.call(7, "subscribe", { notify: "new_block" });
    const [first = "", second] = await eventTexts(2, 0);
    expect(eventOf(readJson(first))).toBe("new_block");
    expect(second).toBe('{"id":7,"jsonrpc":"2.0","result":true}');
  });

  it("events may have any body, and any frame may come", async () => {
    await subscribe("new_block");
    daemon.report("new_block", { hash: 5, height: 2n ** 64n });
    daemon.broadcast("x".repeat(2_000_000));
    const texts = await eventTexts(2, 1);
    expect(texts[0]).toBe(
      '{"id":1,"jsonrpc":"2.0","result":{"event":"new_block","hash":5,"height":18446744073709551616}}',
    );
    expect(texts[1]).toHaveLength(2_000_000);
  });
});

describe("answers", () => {
  it("answers may be delayed", async () => {
    daemon.quirks.slowMs = 20;
    const start = performance.now();
    await client.answer(1, "get_height");
    expect(performance.now() - start).toBeGreaterThanOrEqual(15);
    Object.assign(daemon.quirks, NO_QUIRKS);
  });

  it("answers are wrong in each requested way, the requested number of times", async () => {
    daemon.override("get_info", wrongAnswers.without("height"), 1);
    expect(await client.answer(1, "get_info")).not.toContain('"height"');
    expect(await client.answer(2, "get_info")).toContain('"height":20');

    daemon.override("get_blocks_range_by_topoheight", wrongAnswers.huge("timestamp"));
    const range = { start_topoheight: 1, end_topoheight: 2 };
    const blocks = await client.answer(3, "get_blocks_range_by_topoheight", range);
    expect(blocks.match(/"timestamp":1000000000000000000000000000000/g)).toHaveLength(2);

    daemon.override("get_info", wrongAnswers.wrongShape);
    expect(await client.answer(4, "get_info")).toContain('"result":["not"');
    daemon.override("get_info", { kind: "error", code: -32603, message: "no" });
    expect(await client.answer(5, "get_info")).toContain('"code":-32603');
    daemon.override("get_info", wrongAnswers.ofBytes(2_000_000));
    expect((await client.answer(6, "get_info")).length).toBeGreaterThan(2_000_000);
    daemon.override("get_info", wrongAnswers.malformed);
    client.call(7, "get_info");
    await client.until(({ texts }) => texts.at(-1) === wrongAnswers.malformed.text);
    daemon.clearOverrides();
    expect(await client.answer(8, "get_info")).toContain('"height":20');
  });

  it("answers may stay out, or the connection may close", async () => {
    daemon.override("get_height", wrongAnswers.silence, 1);
    client.call(1, "get_height");
    expect(await client.answer(2, "get_height")).toContain('"result":20');
    daemon.override("get_height", wrongAnswers.disconnect);
    client.call(3, "get_height");
    await client.untilEnded();
    expect([client.closed, client.texts.length]).toEqual([undefined, 1]);
  });

  it("a hook that gets the parameters decides the answers", async () => {
    const hooked = await FakeDaemon.start({
      answer: (method, params) => {
        const asked = isObject(params) ? params.topoheight : undefined;
        return method === "get_block_at_topoheight" && asked === 5 ? { kind: "result", result: null } : undefined;
      },
    });
    hooked.mine(6);
    const other = await RawClient.open(hooked.port);
    expect(await other.answer(1, "get_block_at_topoheight", { topoheight: 5 })).toContain('"result":null');
    expect(await other.answer(2, "get_block_at_topoheight", { topoheight: 6 })).toContain('"topoheight":6');
    other.destroy();
    await hooked.stop();
  });
});

describe("peers", () => {
  it("come, change and go with their events; the hidden one is only counted", async () => {
    await subscribe("peer_connected", "peer_state_updated", "peer_disconnected");
    const peer = daemon.peers.connect({ addr: "192.0.2.1:41322", localPort: 12126, tag: "nodeB", topoheight: 5 });
    daemon.peers.connect({ addr: "192.0.2.2:41323", hidden: true });
    daemon.peers.update("192.0.2.1:41322", { topoheight: 30, height: 30 });
    const answer = await client.answer(9, "get_peers");
    const recorded = recordedCalls("peers/rpc.jsonl").find(({ name }) => name === "peers3/P1-peers")?.response ?? "";
    expect(sameShape(shapeOf(readJson(answer)), shapeOf(readJson(recorded)))).toBe(true);
    expect(answer).toContain('"hidden_peers":1');
    expect(answer).toContain(`"id":${peer.id},`);
    expect(await client.answer(10, "p2p_status")).toContain('"best_topoheight":30');
    daemon.peers.disconnect("192.0.2.1:41322");
    await client.until(({ texts }) => texts.length === 8);
    const events = client.texts.map((text) => eventOf(readJson(text))).filter((event) => event !== undefined);
    expect(events).toEqual(["peer_connected", "peer_state_updated", "peer_disconnected"]);
  });

  it("there are none, and their methods are refused, without P2P", async () => {
    const lonely = await FakeDaemon.start({ p2p: false });
    const other = await RawClient.open(lonely.port);
    for (const method of ["get_peers", "p2p_status"]) {
      const recorded = recordedCalls("peers/rpc.jsonl").find(({ name }) => name === "peers3/nop2p-peers");
      expect(await other.answer(1, method)).toBe(recorded?.response);
      other.frames.length = 0;
    }
    other.destroy();
    await lonely.stop();
  });
});

it("later revisions have no AI mining methods, and name their stable topoheight", async () => {
  await daemon.restart({ profile: "plain" });
  const other = await RawClient.open(daemon.port);
  expect(await other.answer(1, "get_ai_mining_statistics")).toContain('"code":-32601');
  expect(await other.answer(2, "get_info")).toContain('"stable_topoheight":12');
  other.destroy();
});
