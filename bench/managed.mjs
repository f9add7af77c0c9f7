// Block events from a host through standard input to the engine's door: `npm run bench:managed`, with `-s` and
// `-- --json` one JSON object. The plugin is a real `tos-ai-sync managed`; the host is this process. An event is
// counted when the plugin has granted its credit again, which it does after it told the event to the node.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FakeHost, HostChainStub } from "../dist/testing/fake-host.js";
import { report } from "./report.mjs";

/** Credit comes back in whole lots. */
const LOT = 512;
const EVENTS = 200 * LOT;
/** The first round warms up and is not counted. */
const ROUNDS = 1 + 5;
const BAR = 10_000;
const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

/** The lines of one round in one buffer, and where each ends. */
function eventLines(chain, firstSeq) {
  const ends = [];
  const blocks = [];
  const lines = [];
  let end = 0;
  for (let i = 0; i < EVENTS; i++) {
    const block = chain.mine();
    const line = `${JSON.stringify({ jsonrpc: "2.0", method: "block", params: { seq: firstSeq + i, ...block } })}\n`;
    end += line.length;
    ends.push(end);
    lines.push(line);
    blocks.push(block);
  }
  return { bytes: Buffer.from(lines.join("")), ends, blocks };
}

/** Sends as much as there is credit for, whenever there is some; the seconds until all of it was granted again. */
async function throughPlugin(host, handedOver, { bytes, ends, blocks }) {
  const before = host.credit;
  const began = process.hrtime.bigint();
  let sent = 0;
  while (sent < EVENTS || host.credit < before) {
    const next = Math.min(EVENTS, sent + host.credit);
    if (next > sent) {
      handedOver.tip = blocks[next - 1];
      host.raw(bytes.subarray(ends[sent - 1] ?? 0, ends[next - 1]));
      host.credit -= next - sent;
      sent = next;
    }
    await host.notified("credit");
  }
  return Number(process.hrtime.bigint() - began) / 1e9;
}

/** The rival: the same lines cut and parsed in this process, and nothing else. */
function bareParse({ bytes }) {
  const began = process.hrtime.bigint();
  let parsed = 0;
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    if (JSON.parse(bytes.toString("utf8", start, end)).params.seq > 0) parsed++;
    start = end + 1;
  }
  if (parsed !== EVENTS) throw new Error("lines are missing");
  return Number(process.hrtime.bigint() - began) / 1e9;
}

/** Blocks that the node received, by its own count. */
async function blocksReceived({ api, data }) {
  const token = (await readFile(join(data, "api.token"), "utf8")).trim();
  const answer = await fetch(`${api}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const line = /^tos_ai_sync_chain_events_total\{[^}]*"block"[^}]*\} (\d+)$/m.exec(await answer.text());
  return Number(line?.[1]);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const dir = await mkdtemp(join(tmpdir(), "tos-ai-bench-"));
const chain = new HostChainStub();
/** The host's tip is what it has handed over. */
const handedOver = { tip: chain.blocks[0] };
const host = new FakeHost({
  command: [process.execPath, MAIN, "managed"],
  answers: {
    ...chain.answers(),
    "chain.tip": () => ({
      ...handedOver.tip,
      stable_height: Math.max(0, handedOver.tip.height - 8),
      stable_topoheight: Math.max(0, handedOver.tip.topoheight - 8),
      block_time_ms: 1000,
    }),
  },
});
const ours = [];
const bare = [];
let received;
try {
  await host.manifest();
  const listen = ["/ip4/127.0.0.1/tcp/0"];
  const node = await host.init(dir, { options: { listen, api: "127.0.0.1:0" } });
  while (!(await host.ask("ping")).ready);
  for (let round = 0; round < ROUNDS; round++) {
    const lines = eventLines(chain, 1 + round * EVENTS);
    const seconds = await throughPlugin(host, handedOver, lines);
    const rival = bareParse(lines);
    if (round === 0) continue;
    ours.push(EVENTS / seconds);
    bare.push(EVENTS / rival);
  }
  received = await blocksReceived(node);
  await host.shutdown();
} finally {
  host.kill();
  await rm(dir, { recursive: true });
}

const value = median(ours);
const rows = [
  {
    name: "block events through stdio to the engine's door",
    figure: "events_per_second",
    value,
    unit: "events/s",
    min: Math.min(...ours),
    max: Math.max(...ours),
    rival: "JSON.parse of the same lines, nothing else",
    ratio: value / median(bare),
    bar: `at least ${BAR} events/s`,
    ok: Math.min(...ours) >= BAR,
  },
  {
    name: "events that the node was told, of those sent",
    value: received,
    unit: "events",
    min: received,
    max: received,
    rival: "events sent",
    ratio: received / (ROUNDS * EVENTS),
    bar: "exactly 1",
    ok: received === ROUNDS * EVENTS,
  },
];
report(rows);
