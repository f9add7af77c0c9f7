// The figures about bodies: a node with an empty disk fetches records and bodies from one peer, each in a process of
// its own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../e2e/child.mjs";
import { openLink } from "./link.mjs";

const SMALL = { count: 50_000, bodyBytes: 344, limitSeconds: 240 };
const FAR = { count: 2000, bodyBytes: 5000, limitSeconds: 240 };
const LINK = { megabits: 5, roundTripMs: 300, lossPercent: 2 };

async function fetchRun({ count, bodyBytes, limitSeconds }, link) {
  const folder = await mkdtemp(join(tmpdir(), "bench-sync-"));
  const started = [];
  let opened;
  try {
    const provider = await startChild("../sync/provider.mjs", { dirPath: join(folder, "full"), count, bodyBytes });
    started.push(provider);
    const { recordBytes } = provider.facts;
    opened = link === undefined ? undefined : await openLink(provider.facts.address, link);
    const fetcher = await startChild("../sync/fetcher.mjs", { dirPath: join(folder, "empty") });
    started.push(fetcher);
    const address = opened?.address ?? provider.facts.address;
    return { recordBytes, ...(await fetcher.ask("fetch", { address, count, limitSeconds })) };
  } finally {
    await Promise.all(started.map((child) => child.stop()));
    opened?.close();
    await rm(folder, { recursive: true });
  }
}

function row(name, value, unit, bar, least) {
  return { name, value, unit, rival: null, ratio: null, bar: `at least ${bar} ${unit}`, ok: value >= least };
}

/** The rows; with `quick` a fifth of the small bodies. */
export async function bodyRows(quick) {
  const small = quick ? { ...SMALL, count: SMALL.count / 5 } : SMALL;
  const near = await fetchRun(small);
  const far = await fetchRun(FAR, LINK);
  const text = (count) => count.toLocaleString("en");
  const ofSmall = `${text(small.count)} bodies of ${small.bodyBytes} B with their records`;
  const ofFar = `${text(FAR.count)} bodies of ${FAR.bodyBytes} B, ${LINK.roundTripMs} ms, ${LINK.megabits} Mbit`;
  const bits = 8 * (far.recordBytes + far.held * FAR.bodyBytes);
  const share = (100 * bits) / (far.seconds * LINK.megabits * 1e6);
  return [
    row(`${ofSmall}: arrived`, near.held, "bodies", text(small.count), small.count),
    row(`${ofSmall}: rate`, near.held / near.seconds, "/s", text(2000), 2000),
    row(`${ofFar}, ${LINK.lossPercent} % loss: arrived`, far.held, "bodies", text(FAR.count), FAR.count),
    row(`${ofFar}, ${LINK.lossPercent} % loss: share of the link`, share, "%", 80, 80),
  ];
}
