import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { toHex } from "../../src/protocol/bytes.js";
import { newKey, startNode } from "./nodes.js";

const CHILD = fileURLToPath(new URL("./child.mjs", import.meta.url));

/** A node in another process (the built files: `npm test` builds first), and the address it listens on. */
async function startChild(key: Uint8Array, listen = "/ip4/127.0.0.1/tcp/0"): Promise<[ChildProcess, string]> {
  const child = spawn(process.execPath, [CHILD, toHex(key), listen], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [address] = await once(createInterface(child.stdout), "line");
  return [child, address];
}

it("a killed peer is noticed at once and dialled again when it is back", async () => {
  const key = await newKey();
  const [child, address] = await startChild(key);
  const a = await startNode({ bootstrap: [address] });
  await a.seen.until("hello", () => a.seen.ready.length === 1);
  expect(a.seen.ready[0]?.agent).toBe("child/1");
  child.kill("SIGKILL");
  await a.seen.until("gone", () => a.seen.gone.length === 1, 2000);
  await startChild(key, address.split("/p2p/")[0]);
  await a.seen.until("ready again", () => a.seen.ready.length === 2);
});

it("a peer that hangs is noticed within seconds and dialled again when it goes on", async () => {
  const [child, address] = await startChild(await newKey());
  const a = await startNode({ bootstrap: [address] });
  await a.seen.until("hello", () => a.seen.ready.length === 1);
  child.kill("SIGSTOP");
  await a.seen.until("gone", () => a.seen.gone.length === 1);
  child.kill("SIGCONT");
  await a.seen.until("ready again", () => a.seen.ready.length === 2);
}, 45_000);
