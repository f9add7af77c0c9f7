import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { toHex } from "../../src/protocol/bytes.js";
import { newKey, startNode } from "../support/network-nodes.js";

const CHILD = fileURLToPath(new URL("../network/child.mjs", import.meta.url));

/**
 * A node in another process, which runs the built files (`npm test` builds first), and the address where it listens.
 */
async function startChild(
  key: Uint8Array,
  listen = "/ip4/127.0.0.1/tcp/0",
  ...bootstrap: string[]
): Promise<[ChildProcess, string]> {
  const child = spawn(process.execPath, [CHILD, toHex(key), listen, ...bootstrap], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [address] = await once(createInterface(child.stdout), "line");
  return [child, address];
}

it("a killed peer is noticed at once and dialled again when it is back", async () => {
  const key = await newKey();
  const [[child, address], [hanging, other]] = await Promise.all([startChild(key), startChild(await newKey())]);
  const a = await startNode({ bootstrap: [address, other] });
  await a.seen.until("hello", () => a.seen.ready.length === 2);
  expect(a.seen.ready[0]?.agent).toBe("child/1");
  // Pings detect a hanging peer after seconds; a detection at once comes before that.
  hanging.kill("SIGSTOP");
  child.kill("SIGKILL");
  await a.seen.until("gone", () => a.seen.gone.length > 0);
  expect(a.seen.gone).toEqual([address.split("/p2p/")[1]]);
  await startChild(key, address.split("/p2p/")[0]);
  await a.seen.until("ready again", () => a.seen.ready.length === 3);
});

it("a peer that hangs is noticed within seconds and dialled again when it continues", async () => {
  const [child, address] = await startChild(await newKey());
  const a = await startNode({ bootstrap: [address] });
  await a.seen.until("hello", () => a.seen.ready.length === 1);
  child.kill("SIGSTOP");
  await a.seen.until("gone", () => a.seen.gone.length === 1);
  child.kill("SIGCONT");
  await a.seen.until("ready again", () => a.seen.ready.length === 2);
});

it("a connection that does not answer is replaced by a newer one of its peer", async () => {
  const key = await newKey();
  const a = await startNode();
  const [child] = await startChild(key, undefined, a.address);
  await a.seen.until("hello", () => a.seen.ready.length === 1);
  child.kill("SIGSTOP");
  const again = await startNode({ libp2pKey: key, bootstrap: [a.address] });
  await a.seen.until("ready again", () => a.seen.ready.length === 2);
  expect(a.seen.ready[1]?.agent).toBe("test/1");
  expect(again.seen.faults).toEqual([]);
});
