import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { CONNECTIONS_MAX } from "../../src/api/http/connection-places.js";
import { type Served, serve } from "./serve.js";

/** A connection that sends `text` when it is open. */
async function open({ api }: Served, text = ""): Promise<Socket> {
  const { port, hostname } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  if (text !== "") socket.write(text);
  return socket;
}

const closed = (socket: Socket): Promise<void> =>
  socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once("close", () => resolve()));

test("connections without an authorized request give their places to new ones", async () => {
  const served = await serve();
  const kept = await open(
    served,
    `POST /json_rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${served.api.token}\r\n` +
      "Content-Length: 2\r\n\r\n42",
  );
  await new Promise<void>((resolve) => kept.once("data", () => resolve()));
  const silent: Socket[] = [];
  for (const text of ["", "P", "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"]) {
    silent.push(...(await Promise.all(Array.from({ length: CONNECTIONS_MAX / 2 }, () => open(served, text)))));
  }
  expect((await served.call("ai_get_peers")).result).toMatchObject({ peers: [{}] });
  await closed(silent[0] as Socket);
  expect(kept.closed).toBe(false);
  const [row] = served.api.bounds().filter(({ name }) => name === "api_connections");
  expect(row?.size).toBeLessThanOrEqual(CONNECTIONS_MAX);
  expect(await served.api.metrics.text(served.control)).toMatch(/api_refused_total\{reason="no_request"\} \d+/);
});

test("health shows that every connection place is taken until one is free", async () => {
  const served = await serve();
  const request =
    `POST /json_rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${served.api.token}\r\n` +
    "Content-Length: 2\r\n\r\n42";
  const answered = async (): Promise<Socket> => {
    const socket = await open(served, request);
    await new Promise<void>((resolve) => socket.once("data", () => resolve()));
    return socket;
  };
  // At once, since an idle connection is closed after some seconds.
  const kept = await Promise.all(Array.from({ length: CONNECTIONS_MAX - 1 }, answered));
  expect([...served.faults]).toEqual([]);
  kept.push(await answered());
  expect([...served.faults]).toEqual(["connections_full"]);
  await closed(await open(served));
  kept[0]?.destroy();
  await expect.poll(() => [...served.faults]).toEqual([]);
});
