// An API with its page over a set of 100,000 tasks and 1,000 peers that is made up, in a process of its own. It prints
// its address, token and a login link as one JSON line. A line of standard input is an order: `events N` emits N events
// a second from then on, `usage` prints the processor time and the memory of the process.
import { createInterface } from "node:readline";
import { ApiMetrics, createApiServer } from "../../dist/api/index.js";
import { COUNTER_LABELS } from "../../dist/engine/metrics.js";
import { PEERS, TASKS } from "./watched-size.mjs";

const key = (kind, index) => `${kind}${index.toString(16)}`.padStart(64, "0");
const NOW = Math.floor(Date.now() / 1000);

function peer(index) {
  return {
    peer: `12D3KooW${index}`.padEnd(52, "x"),
    key: key("1", index),
    address: `tst1${index}`.padEnd(62, "q"),
    multiaddr: `/ip4/10.0.${index >> 8}.${index & 255}/tcp/2135`,
    dialed: index % 2 === 0,
    agent: "tos-ai-sync/0.1.0",
    connectedSeconds: NOW - index,
    interests: ["000000", "010000", "020000", "030000", "040000", "050000"],
    registryEqual: true,
    registry: "equal",
    roster: "none",
    features: ["windows-plain", "windows-full"],
    score: { reliability: 0.6, responsiveness: 0.5, dataQuality: 0.4, overall: (index % 100) / 100 },
    interactions: index,
    lastChange: { reason: "useful", atSeconds: NOW },
    latencyMs: 10 + (index % 500),
    streams: { sync: "open", gossip: "open" },
    meshTopics: index % 120 === 0 ? 6 : 0,
    dropped: {},
  };
}

function task(index) {
  const taskId = key("a", index);
  const announcement = {
    id: taskId,
    author: key("b", index % 1000),
    payload: {
      kind: "task",
      taskType: 0,
      deadlineSeconds: NOW + 86_400,
      rewardNano: 5_000_000_000n,
      difficulty: 1,
      verification: 1,
      requiredReviewers: 2,
      maxParticipants: 5,
      qualityThreshold: 70,
      body: { hash: key("d", index), length: 100 },
    },
  };
  return {
    taskId,
    taskType: 0,
    t0: NOW - index,
    strand: "000000",
    announced: true,
    announcement,
    status: "Published",
    final: false,
    waitsFor: "submissions",
    submissions: [],
    certified: [],
    contested: [],
    excludedAuthors: [],
    recordCount: 1,
  };
}

const statuses = [
  "Published",
  "InProgress",
  "AnswersSubmitted",
  "UnderValidation",
  "Completed",
  "Expired",
  "Disputed",
  "Cancelled",
];
const REACH = {
  state: "connected",
  loopbackOnly: false,
  advertised: [],
  announced: [],
  observed: [],
  bootstrap: [],
  dials: [],
};
const HEALTH = { status: "ok", components: [], faults: [], warnings: [] };
const peers = Array.from({ length: PEERS }, (_, index) => peer(index));
const listeners = new Set();
let sequence = 0;

const metrics = new ApiMetrics();
for (const [name, labels] of Object.entries(COUNTER_LABELS)) for (const label of labels) metrics.count(name, label, 1);

const control = {
  info: () => ({
    version: "0.1.0",
    network: "devnet",
    networkName: "bench",
    genesis: key("0", 0),
    rulesDigest: key("0", 1),
    nodeKey: key("0", 2),
    nodeAddress: "tst1bench",
    peerId: "12D3KooWbench",
    multiaddrs: ["/ip4/127.0.0.1/tcp/2135"],
    reach: REACH,
    kernel: { backend: "native", reason: undefined },
    storageEngine: "rocksdb",
    authors: [],
    peerCount: PEERS,
    tasks: Object.fromEntries(statuses.map((status, index) => [status, index === 0 ? TASKS : 0])),
    records: TASKS,
    sync: {
      inSync: true,
      set: "whole",
      catchingUp: undefined,
      bodies: { held: TASKS, missing: 0, unavailable: 0, withheld: 0 },
      strands: Array.from({ length: 96 }, (_, i) => ({
        strand: i.toString(16).padStart(6, "0"),
        inSync: true,
        peers: 8,
        equalPeers: 8,
      })),
      pendingTasks: 0,
      openRequests: 0,
    },
    registry: { kind: "everyone", digest: key("0", 3), timeSeconds: 2n ** 64n - 1n },
    chain: {
      mode: "standalone",
      place: "received",
      height: 1,
      topoheight: 1,
      stableHeight: 1,
      hash: key("0", 4),
      timestampSeconds: NOW,
      trouble: undefined,
    },
    startedSeconds: NOW,
    uptimeSeconds: 100,
    eventSequence: sequence,
    damagedValues: 0,
    messageCache: { seen: 1, known: 1, served: 1 },
    health: HEALTH,
    clock: { level: "ok", offsetMs: 0, clocks: 3, timeSeconds: NOW, warning: undefined },
  }),
  health: () => HEALTH,
  peers: () => peers,
  reach: () => REACH,
  bounds: () => Array.from({ length: 90 }, (_, i) => ({ name: `bound_${i}`, size: i, cap: 1000 })),
  stats: () => ({
    ...metrics.observed(),
    atMs: Date.now(),
    bounds: control.bounds(),
    peerScores: [200, 200, 200, 200, 200],
  }),
  activeMiners: () => 10,
  fraudAlerts: () => [],
  holdsTask: () => true,
  eventsAfter: async () => [],
  listTasks: async ({ limit, after }) => {
    const first = after === undefined ? 0 : Number.parseInt(after.replace(/^0*a/, ""), 16) + 1;
    const tasks = Array.from({ length: Math.min(limit, TASKS - first) }, (_, i) => task(first + i));
    return { tasks, set: "whole", more: first + tasks.length < TASKS };
  },
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

metrics.attach(control);
const api = await createApiServer({
  control,
  listen: { host: "127.0.0.1", port: 0 },
  tokenFile: process.argv[2],
  log: () => undefined,
  metrics,
});
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
say({ url: api.url, token: api.token, link: api.loginLink().url });

/** Events come in groups of ten milliseconds. */
const GROUP_MS = 10;
let timer;
for await (const order of createInterface({ input: process.stdin })) {
  const [word, rate] = order.split(" ");
  if (word === "usage") {
    const { user, system } = process.cpuUsage();
    say({ cpuMs: (user + system) / 1000, bytes: process.memoryUsage.rss() });
  } else if (word === "events") {
    clearInterval(timer);
    timer = setInterval(() => {
      for (let i = 0; i < (Number(rate) * GROUP_MS) / 1000; i++) {
        sequence++;
        const body = { task_id: key("a", sequence), previous: null, status: "Published", final: false };
        for (const listener of listeners) listener({ sequence, event: "task_status_changed", body });
      }
    }, GROUP_MS);
  } else if (word === "scrape") {
    const began = performance.now();
    await metrics.text(control);
    say({ ms: performance.now() - began });
  } else if (word === "link") say({ link: api.loginLink().url });
}
process.exit(0);
