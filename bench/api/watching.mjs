// What it costs to watch a node of 1,000 peers and 100,000 tasks (watched-node.mjs): the paint of the page, an open
// page at 1,000 events a second, a scrape of /metrics, 64 open pages, and WebSocket clients that never read.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { NodeClient } from "../../dist/api/node-client/index.js";
import { atMost, figure, median, percentile } from "./rows.mjs";

const NODE = fileURLToPath(new URL("watched-node.mjs", import.meta.url));
const CHROMIUM = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);
const PAINT_BAR_MS = 1000;
const PAGE_BAR_PERCENT = 1;
const SCRAPE_BAR_MS = 20;
const EVENTS_PER_SECOND = 1000;
const PAGES = 64;
const CLIENTS = 1000;
/** As much as the queues of all sockets may hold. */
const MEMORY_BAR_MB = 100;
const CALL_BAR_MS = 1000;
const MB = 1_000_000;

/** The process of the node. */
class WatchedNode {
  #child;
  #lines;

  static async start(directory) {
    const node = new WatchedNode();
    node.#child = spawn(process.execPath, [NODE, join(directory, "api.token")], { stdio: ["pipe", "pipe", "inherit"] });
    node.#lines = createInterface({ input: node.#child.stdout })[Symbol.asyncIterator]();
    Object.assign(node, await node.#read());
    return node;
  }

  async #read() {
    return JSON.parse((await this.#lines.next()).value);
  }

  order(text) {
    this.#child.stdin.write(`${text}\n`);
  }

  ask(text) {
    this.order(text);
    return this.#read();
  }

  /** Percent of a core over some seconds. */
  async load(seconds) {
    const before = await this.ask("usage");
    const began = performance.now();
    await pause(1000 * seconds);
    const after = await this.ask("usage");
    return (100 * (after.cpuMs - before.cpuMs)) / (performance.now() - began);
  }

  stop() {
    this.#child.stdin.end();
    return new Promise((resolve) => this.#child.once("close", resolve));
  }
}

/** Milliseconds of calls of another program. */
async function callTimes({ url, token }, count) {
  const client = new NodeClient({ access: { url, token } });
  const times = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await client.call("ai_list_active_tasks", { status: "all", limit: 50 });
    times.push(performance.now() - began);
  }
  return times;
}

async function pageRows(node, quick) {
  if (CHROMIUM === undefined) {
    console.error("no Chromium is installed: the rows of the page are left out");
    return [];
  }
  const browser = await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: false });
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(node.link);
    await page.getByText("100,000").first().waitFor();
    const paints = [];
    for (let i = 0; i < (quick ? 3 : 10); i++) {
      const began = performance.now();
      await page.goto(`${node.url}/dashboard?${i}#/tasks`);
      await page.getByRole("link", { name: /^0000/ }).first().waitFor();
      paints.push(performance.now() - began);
    }
    const seconds = quick ? 5 : 20;
    await page.goto(`${node.url}/dashboard?open`);
    await page.getByText("100,000").first().waitFor();
    node.order(`events ${EVENTS_PER_SECOND}`);
    await pause(1000);
    const open = await node.load(seconds);
    await page.goto("about:blank");
    await pause(1000);
    const idle = await node.load(seconds);
    node.order("events 0");
    return [
      atMost("the list of 100,000 tasks, from the address to its paint", median(paints), "ms", PAINT_BAR_MS, {
        values: paints,
      }),
      atMost("an open page at 1,000 events/s, of a core of the node", Math.max(0, open - idle), "%", PAGE_BAR_PERCENT),
    ];
  } finally {
    await browser.close();
  }
}

/** A WebSocket that subscribes to every event and never reads. */
function deafClient({ url, token }) {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  const payload = Buffer.from(
    JSON.stringify({ jsonrpc: "2.0", id: 1, method: "subscribe", params: { notify: "all" } }),
  );
  const frame = Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
  socket.on("error", () => undefined);
  socket.write(
    `GET /json_rpc HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade\r\n` +
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  socket.write(frame);
  socket.pause();
  return socket;
}

async function crowdRows(node, quick) {
  const before = await node.ask("usage");
  node.order(`events ${EVENTS_PER_SECOND}`);
  // What 64 pages ask for: 64 clients, each with the calls of a page every two seconds.
  const client = new NodeClient({ access: node });
  const ended = new AbortController();
  const pages = Array.from({ length: PAGES }, async () => {
    while (!ended.signal.aborted) {
      await Promise.all([client.call("ai_get_network_info"), client.call("ai_get_node_stats")]);
      await pause(2000);
    }
  });
  const withPages = await callTimes(node, quick ? 50 : 200);
  ended.abort();
  await Promise.all(pages);
  const deaf = Array.from({ length: CLIENTS }, () => deafClient(node));
  // A thousand connections at once overflow the queue of the kernel for a moment, whoever listens.
  await pause(3000);
  const withDeaf = await callTimes(node, quick ? 50 : 200);
  await pause(quick ? 3000 : 10_000);
  const after = await node.ask("usage");
  for (const socket of deaf) socket.destroy();
  node.order("events 0");
  return [
    atMost("a page of tasks beside 64 open pages, 99 %", percentile(withPages, 99), "ms", CALL_BAR_MS, {
      values: withPages,
    }),
    atMost("a page of tasks beside 1,000 deaf WebSockets, 99 %", percentile(withDeaf, 99), "ms", CALL_BAR_MS, {
      values: withDeaf,
    }),
    atMost("memory that these take", Math.max(0, after.bytes - before.bytes) / MB, "MB", MEMORY_BAR_MB),
  ];
}

export async function watchingRows({ quick }) {
  const directory = await mkdtemp(join(tmpdir(), "bench-api-"));
  const node = await WatchedNode.start(directory);
  try {
    const scrapes = [];
    // The first scrapes compile the code.
    for (let i = 0; i < 3; i++) await node.ask("scrape");
    for (let i = 0; i < (quick ? 20 : 100); i++) scrapes.push((await node.ask("scrape")).ms);
    return [
      atMost("/metrics, of the event loop, 95 %", percentile(scrapes, 95), "ms", SCRAPE_BAR_MS, { values: scrapes }),
      figure("/metrics, usual", median(scrapes), "ms", scrapes),
      ...(await pageRows(node, quick)),
      ...(await crowdRows(node, quick)),
    ];
  } finally {
    await node.stop();
    await rm(directory, { recursive: true });
  }
}
