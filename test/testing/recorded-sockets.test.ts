import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readJson } from "../../src/testing/daemon-json.js";
import { closeCode, eventOf, FakeDaemon, readTranscript, type TranscriptLine } from "../../src/testing/index.js";
import { OPCODES } from "../../src/testing/ws-frames.js";
import { recording, sameShape, shapeOf } from "../support/recordings.js";
import { stallFreeTime } from "../support/stall-free-time.js";
import { RawClient } from "./raw-client.js";

/** Five pings go unanswered in 30 s, at any speed. */
const QUICK = { pingMs: 20, pongMs: 120 };

stallFreeTime();
let daemon: FakeDaemon;
let client: RawClient | undefined;
beforeEach(() => {
  daemon = new FakeDaemon();
  daemon.mine(26);
});
afterEach(async () => {
  client?.destroy();
  await daemon.stop();
});

const isReply = ({ what, frame, payload }: TranscriptLine): boolean =>
  what === "RECV" && frame === "text" && eventOf(readJson(payload)) === undefined;

/** A long payload stands as its length: white space, and a call at its end if it is the last of a message. */
function bytesOf({ frame, payload }: TranscriptLine, whole: boolean): string | Buffer {
  if (frame === "binary") return Buffer.from(payload.replace("hex:", ""), "hex");
  const length = /^<(\d+) bytes>$/.exec(payload)?.[1];
  if (length === undefined) return payload;
  const call = whole ? '{"jsonrpc":"2.0","id":9,"method":"get_version"}' : "";
  return call.padStart(Number(length));
}

const FRAMES: Record<string, readonly [opcode: number, fin: boolean]> = {
  text: [OPCODES.text, true],
  "text(nofin)": [OPCODES.text, false],
  cont: [OPCODES.continuation, true],
  "cont(nofin)": [OPCODES.continuation, false],
  binary: [OPCODES.binary, true],
  ping: [OPCODES.ping, true],
  pong: [OPCODES.pong, true],
};

/** Does what the recorded client did, each step when the answers before it have come. */
async function act(lines: readonly TranscriptLine[], into: RawClient): Promise<void> {
  const counts = { text: 0, ping: 0, pong: 0 };
  const nextOf = (kind: keyof typeof counts): Promise<void> => {
    const count = ++counts[kind];
    return into.until((it) => it.count(kind) >= count || it.ended !== undefined);
  };
  for (const line of lines) {
    const { what, frame, payload } = line;
    const [opcode, fin] = FRAMES[frame] ?? [OPCODES.close, true];
    if (isReply(line)) await nextOf("text");
    else if (what === "RECV" && (frame === "ping" || frame === "pong")) await nextOf(frame);
    else if (what === "SEND" && frame === "close") into.send(opcode, "");
    else if (what === "SEND") into.send(opcode, bytesOf(line, fin), { fin });
    else if (what === "SEND-RAW") into.send(OPCODES.text, payload.slice(payload.indexOf("{")), { masked: false });
    else if (what === "SHUT_WR") into.halfClose();
    else if (what === "TCP-EOF") await into.untilEnded();
  }
}

describe("a recorded connection ends as it ended", () => {
  const files = [
    "04-pong-with-data",
    "05-unsolicited-empty-pong-and-client-ping",
    "06-binary-frame",
    "07-text-2MiB",
    "08-text-1310720",
    "08-text-1310721",
    "09-fragmented-small",
    "10-fragmented-921600",
    "10-fragmented-1048676",
    "12-unmasked-frame",
    "13-close-empty",
    "14-tcp-half-close",
  ];
  it.each(files)("%s", async (file) => {
    await daemon.start();
    const lines = readTranscript(recording(`ws/${file}.txt`));
    client = await RawClient.open(daemon.port);
    await act(lines, client);
    const close = lines.find(({ what, frame }) => what === "RECV" && frame === "close");
    expect(client.closed?.kind).toBe(close === undefined ? undefined : "close");
    expect(client.closed?.code).toBe(closeCode(close?.payload ?? ""));
    expect(client.ended).toBe(close === undefined ? undefined : "end");
    const recorded = lines.filter(isReply).map(({ payload }) => payload);
    expect(client.texts).toEqual(recorded);
    expect(client.frames.filter(({ kind }) => kind !== "text").every(({ text }) => text === "")).toBe(true);
  });

  it("invalid UTF-8 is 1011", async () => {
    await daemon.start();
    client = await RawClient.open(daemon.port);
    client.text(Buffer.from([0xff, 0xfe, 0x7b, 0x7d]));
    await client.untilEnded();
    expect(client.closed?.code).toBe(1011);
  });

  it("02-no-pong: five more pings, then the end without a code, whatever is asked meanwhile", async () => {
    daemon = new FakeDaemon({ timers: QUICK });
    await daemon.start();
    client = await RawClient.open(daemon.port);
    const asking = setInterval(() => client?.call(9, "get_version"), 10);
    await client.untilEnded();
    clearInterval(asking);
    expect(client.count("ping")).toBe(6);
    expect(client.closed).toEqual({ kind: "close", text: "" });
  });

  it("a client that pongs stays", async () => {
    daemon = new FakeDaemon({ timers: QUICK });
    await daemon.start();
    client = await RawClient.open(daemon.port);
    for (let pings = 1; pings <= 10; pings++) {
      await client.until((it) => it.count("ping") >= pings);
      client.send(OPCODES.pong, "");
    }
    expect(client.ended).toBeUndefined();
  });
});

describe("the head of the answer", () => {
  it.each(["15-origin-header", "16-subprotocol-and-deflate", "17-wrong-path", "18-path-with-query"])(
    "%s",
    async (file) => {
      await daemon.start();
      const lines = readTranscript(recording(`ws/${file}.txt`));
      const [request = "", ...headers] = (lines.find(({ what }) => what === "HTTP-REQ")?.payload ?? "").split("\\r\\n");
      client = await RawClient.open(
        daemon.port,
        request.split(" ")[1],
        headers.filter((header) => /^(Origin|Sec-.*s|Sec-.*l):/.test(header)),
      );
      const recorded = (lines.find(({ what }) => what === "HTTP-RESP")?.payload ?? "").split("\\r\\n");
      const plain = (head: readonly string[]) =>
        head.map((line) => line.replace(/^(date|sec-websocket-accept): .*/, "$1")).sort();
      expect(plain(client.head.split("\r\n"))).toEqual(plain(recorded.filter((line) => line !== "")));
    },
  );
});

describe("01-subscribe-events-75s", () => {
  it("every call is answered as recorded, and a block tells the recorded events", async () => {
    await daemon.start();
    const lines = readTranscript(recording("ws/01-subscribe-events-75s.txt"));
    client = await RawClient.open(daemon.port);
    // The first block of the recording comes with topoheight 27; all calls before it are answered first.
    const calls = lines.filter(({ what, frame }) => what === "SEND" && frame === "text").map(({ payload }) => payload);
    const replies = lines.filter(isReply).map(({ payload }) => payload);
    const before = calls.findIndex((call) => call.includes("unsubscribe"));
    for (const call of calls.slice(0, before)) client.text(call);
    await client.until(({ texts }) => texts.length === before);
    daemon.mine();
    await client.until(({ texts }) => texts.length === before + 4);
    for (const call of calls.slice(before)) client.text(call);
    await client.until(({ texts }) => texts.length === calls.length + 4);

    const own = client.texts.filter((text) => eventOf(readJson(text)) === undefined);
    expect(own.length).toBe(replies.length);
    for (const [i, text] of own.entries()) {
      const [got, recorded] = [readJson(text), readJson(replies[i] ?? "")];
      if (text.includes('"version"')) expect(sameShape(shapeOf(got), shapeOf(recorded))).toBe(true);
      else expect(text).toBe(replies[i]);
    }
    const events = client.texts.filter((text) => eventOf(readJson(text)) !== undefined);
    expect(events.map((text) => eventOf(readJson(text))).sort()).toEqual([
      "block_ordered",
      "new_block",
      "stable_height_changed",
      "stable_topo_height_changed",
    ]);
    for (const text of events) {
      const name = `"event":"${eventOf(readJson(text))}"`;
      const recorded = lines.find(({ what, payload }) => what === "RECV" && payload.includes(name))?.payload ?? "";
      expect(shapeOf(readJson(text)), name).toEqual(shapeOf(readJson(recorded)));
      expect(text.slice(0, 8)).toBe(recorded.slice(0, 8));
    }
  });

  it("25-ids: no id, a text, and one id for two events", async () => {
    await daemon.start();
    const lines = readTranscript(recording("ws/25-ids.txt"));
    client = await RawClient.open(daemon.port);
    const calls = lines.filter(({ what, frame }) => what === "SEND" && frame === "text");
    for (const { payload } of calls) client.text(payload);
    const replies = lines.filter(isReply).map(({ payload }) => payload);
    await client.until(({ texts }) => texts.length === replies.length);
    expect(client.texts).toEqual(replies);
    daemon.mine();
    await client.until(({ texts }) => texts.length === replies.length + 4);
    const events = client.texts
      .slice(replies.length)
      .map((text) => [text.split(",")[0], eventOf(readJson(text))].join(" "));
    expect(events.sort()).toEqual([
      '{"id":"evt" block_ordered',
      '{"id":5 stable_height_changed',
      '{"id":5 stable_topo_height_changed',
      '{"id":null new_block',
    ]);
  });
});
