import { setTimeout } from "node:timers/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { newKey, startNode } from "../support/network-nodes.js";

it("a lost peer is dialled again in time though the clock was set back by an hour while it was away", async () => {
  vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
  onTestFinished(() => void vi.useRealTimers());
  const libp2pKey = await newKey();
  const a = await startNode({ libp2pKey });
  const b = await startNode({ bootstrap: [a.address] });
  await b.seen.until("hello", () => b.seen.ready.length === 1);
  await a.network.stop();
  await b.seen.until("gone", () => b.seen.gone.length === 1);
  // It has been dialled in vain by then, and the next dial is due in some seconds.
  await setTimeout(2500);
  vi.setSystemTime(Date.now() - 3_600_000);
  await startNode({ libp2pKey, listen: [a.address.split("/p2p/")[0] ?? ""] });
  await b.seen.until("ready again", () => b.seen.ready.length === 2);
  expect(b.seen.ready[1]?.peer).toBe(a.peer);
});
