import { spawnSync } from "node:child_process";
import { copyFile, mkdir } from "node:fs/promises";
import { Socket } from "node:net";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { YamuxStream } from "@chainsafe/libp2p-yamux/stream";
import type { ConnectionEncrypter } from "@libp2p/interface";
import { expect, it, onTestFinished, vi } from "vitest";
import { corked, yamuxWithFewUpdates } from "../../src/network/libraries/index.js";
import { meshed, startNode, TOPIC } from "../support/network-nodes.js";
import { scratchDirectory } from "../support/scratch.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const MESSAGES = 100;
const MESSAGE_BYTES = 10_000;

it("the pinned versions of yamux and tcp are the known ones", async () => {
  const a = await startNode();
  const b = await startNode({ bootstrap: [a.address] });
  await meshed(a, b);
  for (const { seen } of [a, b]) {
    expect(new Set(seen.savings)).toEqual(new Set(["window_updates true", "corked_writes true"]));
  }
});

it("a receiver writes little for many messages, and a sender writes them in few writes of its socket", async () => {
  const a = await startNode();
  const b = await startNode({ bootstrap: [a.address] });
  await meshed(a, b);
  const port = Number(a.address.split("/")[4]);
  const write = vi.spyOn(Socket.prototype, "write");
  const uncork = vi.spyOn(Socket.prototype, "uncork");
  onTestFinished(() => {
    write.mockRestore();
    uncork.mockRestore();
  });
  for (let i = 0; i < MESSAGES; i++) await b.network.publish(TOPIC, new Uint8Array(MESSAGE_BYTES).fill(i));
  await a.seen.until("all", () => a.seen.gossip.length === MESSAGES);
  expect(a.seen.gossip.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: MESSAGES }, (_, i) => i));
  const callsAt = (spy: typeof write | typeof uncork, isServer: boolean): number =>
    spy.mock.contexts.filter((socket) => socket instanceof Socket && (socket.localPort === port) === isServer).length;
  // Yamux alone sends an update for each message, in two writes.
  expect(callsAt(write, true)).toBeLessThan(MESSAGES);
  // Each message is two pieces at least.
  expect(callsAt(write, false)).toBeGreaterThan(2 * MESSAGES - 1);
  expect(callsAt(uncork, false)).toBeLessThan(1.5 * MESSAGES);
});

it("a message of many windows arrives whole", async () => {
  const a = await startNode();
  const b = await startNode({ bootstrap: [a.address] });
  await meshed(a, b);
  for (let i = 0; i < 200; i++) await b.network.publish(TOPIC, new Uint8Array(60_000).fill(i));
  await a.seen.until("all", () => a.seen.gossip.length === 200);
});

it("another version of yamux is left as it is, and reported", () => {
  const other = vi.spyOn(YamuxStream.prototype, "sendWindowUpdate");
  onTestFinished(() => other.mockRestore());
  const applied: boolean[] = [];
  const factory = yamuxWithFewUpdates({}, (isApplied) => applied.push(isApplied))();
  expect(applied).toEqual([false]);
  expect(Object.hasOwn(factory, "createStreamMuxer")).toBe(false);
});

it("a connection that is not of the known version of tcp is left as it is, and reported", () => {
  const applied: boolean[] = [];
  const seen: unknown[] = [];
  const never = new Promise<never>(() => undefined);
  const bare: ConnectionEncrypter = {
    protocol: "bare",
    secureInbound: (connection) => {
      seen.push(connection);
      return never;
    },
    secureOutbound: () => never,
  };
  const encrypter = corked(bare, (isApplied) => applied.push(isApplied));
  const socket = { cork: () => undefined, uncork: () => undefined };
  const connection = Object.assign(Object.create(null), {
    socket,
    sendData: () => ({ sentBytes: 0, canSendMore: true }),
  });
  const { sendData } = connection;
  void encrypter.secureInbound(connection);
  expect([applied, seen]).toEqual([[false], [connection]]);
  expect(connection.sendData).toBe(sendData);
});

it.each([
  ["yamux-window-updates.patch", "@chainsafe/libp2p-yamux/src/stream.ts"],
  ["tcp-corked-writes.patch", "@libp2p/tcp/src/socket-to-conn.ts"],
])("the patch %s for a library applies to the pinned version", async (patch, source) => {
  const folder = await scratchDirectory();
  await mkdir(join(folder, "src"));
  await copyFile(join(ROOT, "node_modules", source), join(folder, "src", basename(source)));
  const run = spawnSync("git", ["apply", "--check", join(ROOT, "docs", "upstream", patch)], { cwd: folder });
  expect([run.status, run.stderr.toString()]).toEqual([0, ""]);
});
