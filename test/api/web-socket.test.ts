import { describe, expect, test } from "vitest";
import { serve, TestSocket } from "./serve.js";

describe("a WebSocket", () => {
  test("a WebSocket accepts the same methods and batches as HTTP", async () => {
    const socket = await TestSocket.open(await serve());
    expect(await socket.call(1, "ai_get_network_info")).toMatchObject({ id: 1, result: { network: "devnet" } });
    expect(await socket.call(2, "nope")).toMatchObject({ id: 2, error: { code: -32601 } });
    socket.socket.send("{");
    expect(await socket.next()).toMatchObject({ id: null, error: { code: -32700 } });
    socket.socket.send(`[{"jsonrpc":"2.0","id":5,"method":"ai_get_peers"},7]`);
    expect(await socket.next()).toMatchObject([{ id: 5 }, { error: { code: -32600 } }]);
  });

  test("a WebSocket closes on a binary and on an oversized message", async () => {
    const served = await serve();
    const binary = await TestSocket.open(served);
    binary.socket.send(Buffer.from("{}"));
    expect((await binary.closed).code).toBe(1003);
    const big = await TestSocket.open(served);
    big.socket.send("x".repeat(3 * 1024 * 1024 + 1));
    expect((await big.closed).code).toBe(1009);
  });

  test("a WebSocket with too many waiting requests gets an error and stays open", async () => {
    const served = await serve();
    let open = (): void => undefined;
    served.control.gate = new Promise((resolve) => {
      open = resolve;
    });
    const socket = await TestSocket.open(served);
    const ask = { jsonrpc: "2.0", method: "ai_cancel_task", params: { task_id: "a1".repeat(32) } };
    for (let id = 0; id < 34; id++) socket.socket.send(JSON.stringify({ ...ask, id }));
    expect(await socket.next()).toMatchObject({ id: null, error: { data: { code: "peer_busy" } } });
    open();
    for (let id = 0; id < 33; id++) expect(await socket.next()).toMatchObject({ id, result: {} });
  });
});

describe("subscriptions", () => {
  test("a subscription sends events in the daemon's form under its own id", async () => {
    const served = await serve();
    const socket = await TestSocket.open(served);
    served.control.emit("task_published", { task_id: "before" });
    expect(await socket.call("sub", "subscribe", { notify: "task_published" })).toEqual({
      jsonrpc: "2.0",
      id: "sub",
      result: true,
    });
    expect(await socket.call(2, "subscribe", { notify: "all" })).toMatchObject({ result: true });
    served.control.emit("task_published", { task_id: "aa", reward_amount: 2n ** 60n });
    const result = { event: "task_published", sequence: 2, task_id: "aa", reward_amount: "1152921504606846976" };
    expect(await socket.next()).toEqual({ jsonrpc: "2.0", id: "sub", result });
    expect(await socket.next()).toEqual({ jsonrpc: "2.0", id: 2, result });
    served.control.emit("submission_received", { event: "forged", sequence: 99 });
    expect(await socket.next()).toEqual({
      jsonrpc: "2.0",
      id: 2,
      result: { event: "submission_received", sequence: 3 },
    });
  });

  test("a repeated subscription is -2, an unsubscribe without one -1, an unknown event -32602", async () => {
    const socket = await TestSocket.open(await serve());
    const codes = async (method: string, params: unknown) => (await socket.call(1, method, params)).error?.code;
    expect(await codes("subscribe", { notify: "all" })).toBeUndefined();
    expect(await codes("subscribe", { notify: "all" })).toBe(-2);
    expect(await codes("unsubscribe", { notify: "all" })).toBeUndefined();
    expect(await codes("unsubscribe", { notify: "all" })).toBe(-1);
    expect(await codes("subscribe", { notify: "new_block" })).toBe(-32602);
    expect(await codes("subscribe", { notify: "all", after: 1 })).toBe(-32602);
    expect(await codes("subscribe", {})).toBe(-32602);
  });

  test("no event is sent after unsubscribe", async () => {
    const served = await serve();
    const socket = await TestSocket.open(served);
    await socket.call(1, "subscribe", { notify: "all" });
    await socket.call(2, "unsubscribe", { notify: "all" });
    served.control.emit("task_published");
    expect(await socket.call(3, "ai_get_peers")).toMatchObject({ id: 3 });
  });

  test("a subscription after a sequence number sends stored, then new events, each once and in order", async () => {
    const served = await serve();
    const { control } = served;
    for (let i = 0; i < 600; i++) control.emit(i % 2 === 0 ? "task_published" : "task_status_changed");
    const read = control.eventsAfter.bind(control);
    let reads = 0;
    let ends = 0;
    control.eventsAfter = async (after, limit) => {
      const page = await read(after, limit);
      // New events arrive while stored ones are read, one of them after the last stored page.
      if (reads++ < 5 || (page.length === 0 && ends++ === 0)) control.emit("task_published");
      return page;
    };
    const socket = await TestSocket.open(served);
    await socket.call(1, "subscribe", { notify: "all", after: 10 });
    for (let sequence = 11; sequence <= 606; sequence++) {
      expect((await socket.next()).result).toMatchObject({ sequence, event: expect.stringMatching(/^task_/) });
    }
    control.emit("task_status_changed");
    expect((await socket.next()).result).toEqual({ event: "task_status_changed", sequence: 607 });
  });

  test("a subscription after a sequence number that is no longer kept names the missing range", async () => {
    const served = await serve();
    for (let i = 0; i < 5; i++) served.control.emit("task_published");
    served.control.events.splice(0, 3);
    const socket = await TestSocket.open(served);
    await socket.call(1, "subscribe", { notify: "task_published", after: 1 });
    expect((await socket.next()).result).toEqual({ event: "events_missed", sequence: 3, after: 1, next: 4 });
    expect((await socket.next()).result).toEqual({ event: "task_published", sequence: 4 });
  });

  test("a subscriber that does not read is dropped with a reason and counted, and others stay", async () => {
    const served = await serve();
    const slow = await TestSocket.open(served);
    const quick = await TestSocket.open(served);
    await slow.call(1, "subscribe", { notify: "all" });
    await quick.call(1, "subscribe", { notify: "task_status_changed" });
    slow.socket.pause();
    const padding = "p".repeat(64 * 1024);
    const text = async () =>
      (await fetch(`${served.api.url}/metrics`, { headers: { authorization: `Bearer ${served.api.token}` } })).text();
    // The buffers of the system hold a few MiB before the server has to wait.
    while (!(await text()).includes("tos_ai_sync_api_slow_subscribers_total 1")) {
      for (let i = 0; i < 32; i++) served.control.emit("task_published", { padding });
    }
    expect(served.lines).toContain("a subscriber read its events too slowly and was dropped");
    served.control.emit("task_status_changed");
    expect((await quick.next()).result).toMatchObject({ event: "task_status_changed" });
    slow.socket.resume();
    expect((await slow.closed).code).not.toBe(1000);
  });

  test("a failed read of the store ends the socket and not the server", async () => {
    const served = await serve();
    served.control.emit("task_published");
    served.control.eventsAfter = () => Promise.reject(new Error("disk"));
    const socket = await TestSocket.open(served);
    await socket.call(1, "subscribe", { notify: "all", after: 0 });
    expect((await socket.closed).code).toBe(1013);
    expect(await served.call("ai_get_peers")).toMatchObject({ result: {} });
  });
});
