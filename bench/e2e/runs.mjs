// The runs of the benchmark, each with fresh processes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "./child.mjs";
import { quantile } from "./rows.mjs";
import { BUNDLE_RECORDS } from "./shape.mjs";

const FLOODERS = 3;
const HONEST_SHARE = 0.02;
/** How long an honest record may take before it counts as lost; its latency counts as this much then. */
const GRACE_MS = 5000;
const LOOK_MS = 100;
const API_EVERY_MS = 50;
/** Offered by an attacker, in capacities of the receiver. */
const ATTACK_TIMES = 2;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs `work` with a receiver and senders, and ends them all. */
async function withProcesses(script, parameters, files, work) {
  const started = [];
  const dirPath = await mkdtemp(join(tmpdir(), "bench-e2e-node-"));
  try {
    const receiver = await startChild(script, { dirPath, ...parameters });
    started.push(receiver);
    const senders = [];
    for (const file of files) senders.push(await startChild("sender.mjs", { file }));
    started.push(...senders);
    receiver.on("answered", (count) => {
      for (const sender of senders) sender.tell("answered", count);
    });
    return await work(receiver, senders);
  } finally {
    await Promise.all(started.map((child) => child.stop()));
    await rm(dirPath, { recursive: true });
  }
}

/** All records from one sender as fast as the receiver takes them; what the receiver measured. */
export function rateRun({ file, records, size, bare = false }) {
  const script = bare ? "bare-receiver.mjs" : "receiver.mjs";
  return withProcesses(script, {}, [file], async (receiver, [sender]) => {
    await sender.ask("connect", { address: receiver.facts.address, bare });
    const taken = receiver.ask("take", { records, messages: Math.ceil(records / size) });
    await sender.ask("push", { from: 0, count: records, size });
    return taken;
  });
}

/** Calls of the API until `done`; milliseconds each. */
async function callApi({ apiUrl, token }, done) {
  const times = [];
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ai_get_network_info" });
  while (!done()) {
    const began = performance.now();
    const response = await fetch(`${apiUrl}/json_rpc`, { method: "POST", headers, body });
    const { error } = await response.json();
    if (error !== undefined) throw new Error(`the API answers: ${error.message}`);
    times.push(performance.now() - began);
    await sleep(API_EVERY_MS);
  }
  return times;
}

/** An honest sender beside `load`: what became of its records. */
async function besideHonest(receiver, honest, { count, seconds }, load) {
  const ids = await honest.ask("idsOf", { from: 0, count });
  await receiver.ask("watch", ids);
  await honest.ask("connect", { address: receiver.facts.address });
  await receiver.ask("begin");
  let running = true;
  const api = callApi(receiver.facts, () => !running);
  const loaded = load();
  const sentMs = await honest.ask("honest", { from: 0, count, seconds });
  const loadResult = await loaded;
  running = false;
  const apiMs = await api;
  const measured = await receiver.ask("end");
  const endMs = performance.now() + GRACE_MS;
  let seen = new Map(await receiver.ask("seen"));
  while (performance.now() < endMs && [...seen.values()].includes(null)) {
    await sleep(LOOK_MS);
    seen = new Map(await receiver.ask("seen"));
  }
  const latencies = ids.map((id, i) => (seen.get(id) === null ? GRACE_MS : seen.get(id) - sentMs[i]));
  const inTime = latencies.filter((ms) => ms < GRACE_MS);
  return {
    ...measured,
    acceptedPercent: (100 * inTime.length) / ids.length,
    honestP99Ms: quantile(latencies, 0.99),
    apiP99Ms: quantile(apiMs, 0.99),
    loadResult,
  };
}

const honestOf = (capacity, seconds) => ({ count: Math.ceil(capacity.perSecond * HONEST_SHARE * seconds), seconds });

/** Three peers send valid records at several times the capacity, beside an honest one. */
export function floodRun({ files, capacity, recordBytes, seconds, times }) {
  return withProcesses("receiver.mjs", {}, [files.mix, files.tasks], async (receiver, [flooder, honest]) => {
    await flooder.ask("connect", { address: receiver.facts.address, count: FLOODERS });
    const bytesPerSecond = times * capacity.perSecond * recordBytes;
    const result = await besideHonest(receiver, honest, honestOf(capacity, seconds), () =>
      flooder.ask("flood", { from: 0, size: BUNDLE_RECORDS, seconds, bytesPerSecond }),
    );
    return { ...result, times };
  });
}

/** One attacker beside an honest sender. */
export function attackRun({ name, files, capacity, recordBytes, seconds }) {
  return withProcesses("receiver.mjs", {}, [files.mix, files.tasks], async (receiver, [attacker, honest]) => {
    const bytesPerSecond = ATTACK_TIMES * capacity.perSecond * recordBytes;
    const { address } = receiver.facts;
    const result = await besideHonest(receiver, honest, honestOf(capacity, seconds), () =>
      attacker.ask("attack", { name, address, seconds, bytesPerSecond }),
    );
    return { ...result, ...result.loadResult, name };
  });
}
