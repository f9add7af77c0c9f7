import { afterEach, describe, expect, it } from "vitest";
import { isObject, type Json, readJson } from "../../src/testing/daemon-json.js";
import { eventOf, type ReplayOptions, readTranscript, TranscriptReplay } from "../../src/testing/index.js";
import { recording } from "../support/recordings.js";
import { RawClient } from "./raw-client.js";

let replay: TranscriptReplay | undefined;
let client: RawClient | undefined;
afterEach(async () => {
  client?.destroy();
  await replay?.stop();
});

async function open(file: string, options?: ReplayOptions): Promise<[TranscriptReplay, RawClient]> {
  replay = await TranscriptReplay.start(recording(file), options);
  client = await RawClient.open(Number(new URL(replay.url).port));
  return [replay, client];
}

describe("a transcript served again", () => {
  it("a replayed transcript answers calls as recorded, with the caller's ids", async () => {
    const [, caller] = await open("ws/01-subscribe-events-75s.txt");
    const recorded = readTranscript(recording("ws/01-subscribe-events-75s.txt"));
    const info = recorded.find(({ what, payload }) => what === "RECV" && payload.includes('"id":107'));
    expect(await caller.answer(900, "get_info")).toBe(info?.payload.replace('"id":107', '"id":900'));
    expect(await caller.answer(901, "subscribe", { notify: "new_block" })).toContain('"result":true');
    expect(await caller.answer(902, "subscribe", { notify: "new_block" })).toContain('"code":-2');
  });

  it("a replayed transcript sends the recorded events in order to subscribers, with their ids", async () => {
    const [server, caller] = await open("peers/reorg-3-past-stable.txt");
    await caller.answer(70, "subscribe", { notify: "block_ordered" });
    await caller.answer(71, "subscribe", { notify: "stable_height_changed" });
    await server.untilSubscribed("block_ordered", "stable_height_changed");
    server.play();
    const recorded = readTranscript(recording("peers/reorg-3-past-stable.txt"))
      .filter(({ what, frame }) => what === "RECV" && frame === "text")
      .map(({ payload }) => readJson(payload))
      .filter((message) => ["block_ordered", "stable_height_changed"].includes(eventOf(message) ?? ""));
    await caller.until(({ texts }) => texts.length === recorded.length + 2);
    const answers = caller.texts.slice(2).map((text) => readJson(text));
    const resultOf = (message: Json) => (isObject(message) ? message.result : undefined);
    expect(answers.map(resultOf)).toEqual(recorded.map(resultOf));
    const ids = answers.map((message) => (isObject(message) ? message.id : undefined));
    expect(new Set(ids)).toEqual(new Set([70, 71]));
  });

  it("a replayed transcript answers no call without a recorded answer, and ends like the recording", async () => {
    const [server, caller] = await open("ws/21-get_ai_mining_state-panic-on-ws.txt");
    expect(await caller.answer(1, "get_version")).toContain("0.1.0-fc3139b");
    caller.call(2, "get_ai_mining_state");
    caller.call(3, "get_version");
    caller.call(4, "get_height");
    await caller.until(({ texts }) => texts.some((text) => text.includes("not in the recording")));
    expect(caller.texts).toHaveLength(2);
    await server.stop();
    await caller.untilEnded();
  });

  it("a replayed transcript closes with the recorded code", async () => {
    const [server, caller] = await open("ws/07-text-2MiB.txt");
    server.play();
    await caller.untilEnded();
    expect(caller.closed?.code).toBe(1011);
  });

  it("a replayed transcript asks its owner for calls that the recording lacks", async () => {
    const [, caller] = await open("ws/25-ids.txt", { answer: (method) => (method === "get_height" ? 7 : undefined) });
    expect(await caller.answer(1, "get_height")).toBe('{"id":1,"jsonrpc":"2.0","result":7}');
    expect(await caller.answer(2, "get_info")).toContain('"code":-32601');
  });
});
