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
  // After a failed dial the next one waits.
  await b.seen.until("a dial failed", () => b.network.reach.report().bootstrap[0]?.reason !== undefined);
  vi.setSystemTime(Date.now() - 3_600_000);
  await startNode({ libp2pKey, listen: [a.address.split("/p2p/")[0] ?? ""] });
  await b.seen.until("ready again", () => b.seen.ready.length === 2);
  expect(b.seen.ready[1]?.peer).toBe(a.peer);
});

it("the report of a dial has the times of the machine's clock after it was set back", async () => {
  vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
  onTestFinished(() => void vi.useRealTimers());
  const node = await startNode({ bootstrap: ["/ip4/127.0.0.1/tcp/1"] });
  const dial = () => node.network.reach.report().bootstrap[0];
  await node.seen.until("the first dial failed", () => dial()?.reason !== undefined);
  vi.setSystemTime(Date.now() - 3_600_000);
  const { triedMs = 0, nextMs = 0 } = dial() ?? {};
  expect(Math.abs(triedMs - Date.now())).toBeLessThan(600_000);
  expect(Math.abs(nextMs - Date.now())).toBeLessThan(600_000);
});
