import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, expectTypeOf, onTestFinished, test } from "vitest";
import {
  NodeClient,
  NodeRefusal,
  NodeUnreachable,
  nodeAccess,
  type ReceivedEvent,
} from "../../src/api/node-client/index.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { AUTHOR, TASK } from "../support/control/fake-control.js";
import { scratchDirectory } from "../support/scratch.js";
import { type Served, serve } from "./serve.js";

const TASK_INPUT = {
  task_type: { GeneralTask: { category: "text" } },
  description: "x",
  reward_amount: 2n ** 64n - 1n,
  duration_seconds: 60,
} as const;

function clientOf({ api }: Served): NodeClient {
  return new NodeClient({ access: { url: api.url, token: api.token } });
}

/** The first events of a stream. */
async function take(count: number, events: AsyncIterable<ReceivedEvent>): Promise<ReceivedEvent[]> {
  const taken: ReceivedEvent[] = [];
  for await (const event of events) if (taken.push(event) === count) break;
  return taken;
}

test("a call has typed parameters and a typed answer, and sends a bigint exactly", async () => {
  const served = await serve();
  const client = clientOf(served);
  const info = await client.call("ai_get_network_info");
  expectTypeOf(info.authors[0]?.left_today.tasks).toEqualTypeOf<number | undefined>();
  expect(info.event_sequence).toBe(0);
  const page = await client.call("ai_list_active_tasks", { status: "all", limit: 5 });
  expectTypeOf(page.next).toEqualTypeOf<string | null>();
  expect(page.tasks[0]?.task_id).toBe(TASK);
  const published = await client.call("ai_publish_task", TASK_INPUT);
  expect(published.record.author).toBe(AUTHOR);
  expect(served.control.drafts).toMatchObject([{ rewardNano: 2n ** 64n - 1n }]);
});

test("a refusal has the code and the data of the error", async () => {
  const served = await serve();
  served.control.failure = new NetworkError("quota_exceeded", "all used", { details: { limit: 64, resets_at: 1 } });
  const refused = await clientOf(served)
    .call("ai_publish_task", TASK_INPUT)
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(NodeRefusal);
  expect(refused).toMatchObject({ number: -32014, code: "quota_exceeded", data: { limit: 64, resets_at: 1 } });
  const stranger = new NodeClient({ access: { url: served.api.url, token: "0".repeat(64) } });
  await expect(stranger.call("ai_get_peers")).rejects.toMatchObject({ code: "unauthorized" });
  await expect(take(1, stranger.events({ after: 0 }))).rejects.toMatchObject({ code: "unauthorized" });
  const typo = clientOf(served).events({ notify: "task_publish", after: 0 });
  await expect(take(1, typo)).rejects.toMatchObject({ code: "bad_parameters" });
});

test("a call tells a node that is down from one that is late and from another server", async () => {
  const served = await serve();
  const client = clientOf(served);
  await served.api.stop();
  await expect(client.call("ai_get_peers")).rejects.toMatchObject({ reason: "no_answer" });
  await expect(take(1, client.events())).rejects.toBeInstanceOf(NodeUnreachable);
  const other = createServer((request, response) => {
    if (request.headers.authorization === "Bearer late") return;
    response.end("hello");
  }).listen(0, "127.0.0.1");
  onTestFinished(() => other.closeAllConnections());
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const late = new NodeClient({ access: { url, token: "late" }, timeoutMs: 50 });
  await expect(late.call("ai_get_peers")).rejects.toMatchObject({ reason: "timeout" });
  const stranger = new NodeClient({ access: { url, token: "x" } });
  await expect(stranger.call("ai_get_peers")).rejects.toMatchObject({ reason: "not_a_node" });
});

test("nodeAccess reads the address and the token of a data directory", async () => {
  const { api, directory } = await serve();
  await expect(nodeAccess(await scratchDirectory())).rejects.toMatchObject({ reason: "not_running" });
  await writeFile(join(directory, "api.json"), JSON.stringify({ url: api.url, pid: 1 }));
  expect(await nodeAccess(directory)).toEqual({ url: api.url, token: api.token });
});

test("a stream continues after its last event at a node that comes back at another port, and says so", async () => {
  const first = await serve();
  let served = first;
  const lost: string[] = [];
  const client = new NodeClient({ access: async () => ({ url: served.api.url, token: served.api.token }) });
  first.control.emit("task_published", { task_id: TASK });
  const events = client.events({ after: 0, onLost: ({ reason }) => lost.push(reason) });
  expect((await events.next()).value).toEqual({ event: "task_published", sequence: 1, task_id: TASK });
  await first.api.stop();
  const again = await serve();
  again.control.events.push(...first.control.events);
  again.control.emit("task_cancelled", { task_id: TASK });
  const next = events.next();
  await expect.poll(() => lost).toEqual(["no_answer"]);
  served = again;
  expect((await next).value).toEqual({ event: "task_cancelled", sequence: 2, task_id: TASK });
  await events.return();
  await expect.poll(() => again.control.listeners.size).toBe(1);
});

test("a stream has a notice in place of events that the node no longer has", async () => {
  const served = await serve();
  for (let i = 0; i < 5; i++) served.control.emit("task_published");
  served.control.events.splice(0, 3);
  expect(await take(2, clientOf(served).events({ notify: "task_published", after: 1 }))).toEqual([
    { event: "events_missed", sequence: 3, after: 1, next: 4 },
    { event: "task_published", sequence: 4 },
  ]);
});

test("a reader that is slower than the node gets every event once and in order", async () => {
  const served = await serve();
  const padding = "p".repeat(4096);
  for (let i = 0; i < 3000; i++) served.control.emit("task_published", { padding });
  const sequences: number[] = [];
  for await (const { sequence } of clientOf(served).events({ after: 0 })) {
    if (sequence % 100 === 0) await new Promise(setImmediate);
    if (sequences.push(sequence) === 3000) break;
  }
  expect(sequences).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1));
});

test("a stream ends when its signal aborts, and waits for a node only if it is asked to", async () => {
  const served = await serve();
  const ended = new AbortController();
  const events = clientOf(served).events({ signal: ended.signal });
  const next = events.next();
  await expect.poll(() => served.api.bounds().find(({ name }) => name === "api_sockets")?.size).toBe(1);
  ended.abort();
  expect(await next).toEqual({ done: true, value: undefined });
  const { url, token } = served.api;
  await served.api.stop();
  const stop = new AbortController();
  const waiting = new NodeClient({ access: { url, token } }).events({
    after: 0,
    waitForNode: true,
    signal: stop.signal,
    onLost: () => stop.abort(),
  });
  expect(await waiting.next()).toEqual({ done: true, value: undefined });
});
