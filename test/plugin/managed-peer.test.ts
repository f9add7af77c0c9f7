import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HostLog } from "../../src/plugin/managed/host-log.js";
import { OUTBOX_LINES_MAX, Outbox } from "../../src/plugin/managed/outbox.js";
import { Peer, type PeerCount } from "../../src/plugin/managed/peer.js";
import { NetworkError } from "../../src/protocol/errors.js";

/** A pipe whose reader reads only when the test says so. */
class SlowPipe {
  readonly lines: string[] = [];
  readonly #held: { text: string; done: () => void }[] = [];
  #drain: () => void = () => undefined;
  stuck = false;

  write(text: string, done: () => void): boolean {
    if (this.stuck) {
      this.#held.push({ text, done });
      return false;
    }
    this.lines.push(text);
    done();
    return true;
  }

  on(event: string, listener: (error: Error) => void): void {
    if (event === "drain") this.#drain = () => listener(new Error("unused"));
  }

  get held(): number {
    return this.#held.length;
  }

  /** Reads everything from now on. */
  read(): void {
    this.stuck = false;
    for (const { text, done } of this.#held.splice(0)) {
      this.lines.push(text);
      done();
    }
    this.#drain();
  }

  messages(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line));
  }
}

function peerWith(request: (method: string, params: unknown) => Promise<unknown> = async () => ({})) {
  const pipe = new SlowPipe();
  const outbox = new Outbox(pipe);
  const broken = vi.fn();
  const log = vi.fn();
  const notification = vi.fn((method: string) => method === "known");
  const counts = { fault: 0, unknown_notification: 0, stray_answer: 0 };
  const count = (label: PeerCount): void => {
    counts[label]++;
  };
  const peer = new Peer(outbox, { request, notification, broken, count, log });
  const say = (message: unknown): void => peer.push(Buffer.from(`${JSON.stringify(message)}\n`));
  return { pipe, outbox, peer, broken, log, notification, say, counts };
}

describe("JSON-RPC with the host", () => {
  it.each([
    ["no JSON", "{", -32700],
    ["a batch", "[]", -32600],
    ["a number", "7", -32600],
    ["no version", '{"id":1,"method":"ping"}', -32600],
    ["another version", '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
    ["an id below zero", '{"jsonrpc":"2.0","id":-1,"method":"ping"}', -32600],
    ["an id past 2^53", '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', -32600],
    ["an object for an id", '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
    ["a number for a method", '{"jsonrpc":"2.0","id":1,"method":7}', -32600],
    ["an error without a code", '{"jsonrpc":"2.0","id":1,"error":{}}', -32600],
    ["neither of the three", '{"jsonrpc":"2.0","id":1}', -32600],
  ])("the plugin answers %s with an error without an id, and continues", async (_what, line, code) => {
    const { pipe, peer, say, counts } = peerWith();
    peer.push(Buffer.from(`${line}\n`));
    say({ jsonrpc: "2.0", id: "next", method: "ping" });
    await nextTurn();
    expect(pipe.messages()).toMatchObject([
      { id: null, error: { code } },
      { id: "next", result: {} },
    ]);
    expect(counts.fault).toBe(1);
  });

  it("the plugin survives any input and answers every request once", async () => {
    const id = fc.oneof(fc.nat(), fc.string(), fc.constant(null), fc.json());
    const part = fc.record(
      {
        jsonrpc: fc.constantFrom("2.0", "2.0", "1.0"),
        id,
        method: fc.oneof(fc.constantFrom("known", "ping"), fc.jsonValue()),
        params: fc.jsonValue(),
        result: fc.jsonValue(),
        error: fc.oneof(fc.record({ code: fc.integer(), message: fc.string(), data: fc.jsonValue() }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 15 }), async (messages) => {
        const { say, pipe, peer, broken, counts } = peerWith();
        for (const message of messages) say(message);
        await nextTurn();
        expect(broken).not.toHaveBeenCalled();
        expect(peer.open).toEqual({ asked: 0, answering: 0 });
        const answered = pipe.messages().filter((answer) => answer.id !== null).length;
        const seen = Object.values(counts).reduce((sum, times) => sum + times, answered);
        expect(seen).toBeLessThanOrEqual(messages.length);
        expect(pipe.lines.length).toBe(answered + counts.fault);
      }),
    );
  });

  it("sixteen faults in a row end the connection, and a readable message resets the count", () => {
    const { peer, broken, say, pipe } = peerWith();
    const fault = (): void => peer.push(Buffer.from("garbage\n"));
    for (let i = 0; i < 15; i++) fault();
    say({ jsonrpc: "2.0", method: "known" });
    for (let i = 0; i < 15; i++) fault();
    expect(broken).not.toHaveBeenCalled();
    fault();
    fault();
    expect(broken).toHaveBeenCalledTimes(1);
    expect(pipe.lines.length).toBe(31);
  });

  it("64 requests of the host may be open, and the next one is refused at once", async () => {
    const finish: (() => void)[] = [];
    const { pipe, say, peer } = peerWith(() => new Promise((resolve) => finish.push(() => resolve({}))));
    for (let id = 0; id < 65; id++) say({ jsonrpc: "2.0", id, method: "ping" });
    expect(pipe.messages()).toMatchObject([{ id: 64, error: { code: -32005, data: { reason: "busy" } } }]);
    for (const end of finish) end();
    await nextTurn();
    expect(pipe.lines.length).toBe(65);
    expect(peer.open.answering).toBe(0);
  });

  it("64 requests to the host may be open, and each ends with an answer or a typed error", async () => {
    const { peer, say, counts } = peerWith();
    const asked = Array.from({ length: 64 }, () => peer.request("chain.tip", {}));
    await expect(peer.request("chain.tip", {})).rejects.toMatchObject({ code: "peer_busy" });
    const codes = [-32005, -32008, -32602, -32007, -32000].map((code, i) => [i + 1, code] as const);
    for (const [id, code] of codes) say({ jsonrpc: "2.0", id, error: { code, message: "no" } });
    say({ jsonrpc: "2.0", id: 6, result: 7 });
    say({ jsonrpc: "2.0", id: 6, result: 7 });
    say({ jsonrpc: "2.0", id: "6", result: 7 });
    expect(counts.stray_answer).toBe(2);
    peer.close();
    const ends = await Promise.allSettled(asked);
    const reasons = ends.map((end) => (end.status === "rejected" ? end.reason.code : end.value));
    expect(reasons.slice(0, 7)).toEqual([
      "peer_busy",
      "peer_gone",
      "bad_parameters",
      "request_refused",
      "request_refused",
      7,
      "peer_gone",
    ]);
    await expect(peer.request("chain.tip", {})).rejects.toMatchObject({ code: "peer_gone" });
    expect(peer.open.asked).toBe(0);
  });

  describe("time limits", () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it("a request ends when its answer does not come in time or its caller cancels it", async () => {
      const { peer, say, counts } = peerWith();
      const late = peer.request("chain.tip", {});
      const abort = new AbortController();
      const calledOff = peer.request("chain.tip", {}, abort.signal);
      abort.abort();
      await expect(calledOff).rejects.toMatchObject({ code: "stopped" });
      vi.advanceTimersByTime(10_000);
      await expect(late).rejects.toMatchObject({ code: "request_timeout" });
      expect([peer.open.asked, vi.getTimerCount()]).toEqual([0, 0]);
      say({ jsonrpc: "2.0", id: 1, result: {} });
      expect(counts.stray_answer).toBe(1);
    });
  });

  it("integers beyond 2^53 pass unchanged in both directions", async () => {
    const asked = vi.fn(async (_method: string, _params: unknown) => ({ amount: 2n ** 64n - 1n }));
    const { say, pipe, peer } = peerWith(asked);
    peer.push(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ai_publish_task","params":{"a":18446744073709551615}}\n'));
    say({ jsonrpc: "2.0", id: 2, method: "ai_publish_task", params: { a: 7 } });
    await nextTurn();
    expect(asked.mock.calls.map(([, params]) => params)).toEqual([{ a: 2n ** 64n - 1n }, { a: 7 }]);
    expect(pipe.messages()[0]).toMatchObject({ result: { amount: "18446744073709551615" } });
  });

  it("unknown notifications are counted and ignored; an unreadable one is a fault", () => {
    const { say, notification, pipe, counts } = peerWith();
    say({ jsonrpc: "2.0", method: "unheard", params: {} });
    expect(counts.unknown_notification).toBe(1);
    notification.mockImplementationOnce(() => {
      throw new NetworkError("chain_answer", "no");
    });
    say({ jsonrpc: "2.0", method: "known" });
    expect(pipe.messages()).toMatchObject([{ id: null, error: { code: -32603 } }]);
  });

  it("an error answer reveals no details of a defect, and says that a result is too long for a line", async () => {
    const { say, pipe, log } = peerWith(async (method) => {
      if (method === "large") return "x".repeat(4 * 1024 * 1024);
      throw new Error("secret");
    });
    say({ jsonrpc: "2.0", id: 1, method: "fails" });
    say({ jsonrpc: "2.0", id: 2, method: "large" });
    await nextTurn();
    const answers = pipe.messages();
    expect(answers).toMatchObject([
      { id: 1, error: { code: -32603, message: "Internal error" } },
      { id: 2, error: { code: -32603, message: expect.stringContaining("does not fit") } },
    ]);
    expect(log).toHaveBeenCalledTimes(1);
  });
});

describe("a host that does not read", () => {
  it("a host that does not read loses log lines first, gets their number, and gets every answer", async () => {
    const { pipe, outbox, peer, say } = peerWith();
    const dropped = vi.fn();
    const log = new HostLog((line) => peer.offer("log", line), dropped);
    pipe.stuck = true;
    for (let i = 0; i < 10_000; i++) log.write("info", "x".repeat(1000));
    expect([pipe.held, outbox.lines, dropped.mock.calls.length]).toEqual([1, 0, 9999]);
    for (let id = 0; id < 20; id++) say({ jsonrpc: "2.0", id, method: "ping" });
    peer.notify("credit", { events: 1 });
    await nextTurn();
    expect(outbox.lines).toBe(21);
    pipe.read();
    log.write("info", "again");
    const reported = pipe.messages();
    expect(reported.filter(({ id }) => id !== undefined).map(({ id }) => id)).toEqual([...Array(20).keys()]);
    expect(reported.slice(-2)).toMatchObject([
      { method: "log", params: { level: "warn", fields: { dropped: 9999 } } },
      { method: "log", params: { message: "again" } },
    ]);
  });

  it("a chunk of requests from a host that does not read is the last one that the plugin answers", async () => {
    const { pipe, outbox, peer } = peerWith();
    pipe.stuck = true;
    peer.notify("credit", { events: 1 });
    const garbage = `${"x\n".repeat(15)}{"jsonrpc":"2.0","method":""}\n`;
    peer.push(Buffer.from(garbage.repeat(1000)));
    expect(outbox.lines).toBe(0);
    peer.push(Buffer.from('{"jsonrpc":"2.0","id":1,"method":""}\n'.repeat(1771)));
    await nextTurn();
    expect(outbox.lines).toBe(1771);
    expect(1771 + 256 + 128).toBeLessThan(OUTBOX_LINES_MAX);
  });

  it("input is not read while answers wait, until the host has read them", async () => {
    const { pipe, outbox, say } = peerWith();
    pipe.stuck = true;
    for (let id = 0; id < 300; id++) {
      say({ jsonrpc: "2.0", id, method: "ping" });
      await nextTurn();
    }
    expect(outbox.behind).toBe(true);
    const caughtUp = outbox.caughtUp();
    pipe.read();
    await caughtUp;
    await outbox.flushed();
    expect(pipe.lines.length).toBe(300);
  });
});

describe("the log of a managed plugin", () => {
  it("log lines have the host's levels, whole characters in at most 8 KiB of text, and few fields", () => {
    const lines: { level: string; message: string; fields?: object }[] = [];
    const take = (line: (typeof lines)[number]): boolean => lines.push(line) > 0;
    const log = new HostLog(take, () => undefined);
    log.write("debug", "not said");
    log.setLevel("error");
    log.write("warn", "not said");
    log.write("error", "ä".repeat(8192), Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, i])));
    expect(lines.map(({ level }) => level)).toEqual(["error"]);
    expect(lines[0]?.message).toBe("ä".repeat(4096));
    expect(Object.keys(lines[0]?.fields ?? {}).length).toBe(16);
  });
});
