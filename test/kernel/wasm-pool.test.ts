import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WasmPool } from "../../src/kernel/wasm-pool.js";
import { scratchDirectory } from "../support/scratch.js";

/**
 * A worker that acts by the first byte of its input: 1 answers at once, 2 waits for the next call, 3 dies, 4 throws, 5
 * reports a bad input.
 */
const WORKER = `
import { parentPort } from "node:worker_threads";
const held = [];
parentPort.on("message", ({ id, parts }) => {
  const [order] = parts[0];
  if (order === 2) return held.push(id);
  if (order === 3) process.exit(1);
  if (order === 4) throw new Error("a trap");
  if (order === 5) return parentPort.postMessage({ id, failure: "bad_parameters: the input is wrong" });
  for (const known of [...held.splice(0), id]) parentPort.postMessage({ id: known, verdicts: parts[0] });
});
`;

let folder: string;
let pool: WasmPool;

beforeEach(async () => {
  folder = await scratchDirectory();
  await writeFile(join(folder, "worker.mjs"), WORKER);
});

afterEach(async () => {
  await pool.close();
});

function start(workers: number): void {
  pool = new WasmPool(join(folder, "worker.mjs"), workers);
}

const order = (...bytes: number[]) => pool.run([Uint8Array.from(bytes)]);

describe("WasmPool", () => {
  it("a pool starts its workers with the calls, up to its cap", async () => {
    start(2);
    expect(pool.size).toEqual({ workers: 0, working: 0, waiting: 0 });
    await order(1);
    expect(pool.size).toEqual({ workers: 1, working: 0, waiting: 0 });
    const calls = Array.from({ length: 10 }, () => order(1));
    expect(pool.size).toEqual({ workers: 2, working: 4, waiting: 6 });
    await Promise.all(calls);
    expect(pool.size).toEqual({ workers: 2, working: 0, waiting: 0 });
  });

  it("a pool copies its inputs before it returns, also views into a buffer pool", async () => {
    start(1);
    const input = Buffer.from([1, 7]);
    const answer = pool.run([input]);
    input.fill(0);
    expect(await answer).toEqual(Uint8Array.of(1, 7));
    expect(input).toHaveLength(2);
  });

  it("a pool passes on the kernel's error for an input", async () => {
    start(1);
    await expect(order(5)).rejects.toMatchObject({ code: "bad_parameters", message: "the input is wrong" });
  });

  it("a pool fails the calls of a dead worker and starts another", async () => {
    start(1);
    const lost = [order(2), order(3)];
    const next = order(1);
    for (const call of lost) await expect(call).rejects.toMatchObject({ code: "kernel_failed" });
    expect(await next).toEqual(Uint8Array.of(1));
    await expect(order(4)).rejects.toThrow("a verifying thread died: a trap");
    expect(await order(1)).toEqual(Uint8Array.of(1));
  });

  it("a pool fails calls while its script can't be loaded", async () => {
    pool = new WasmPool(join(folder, "nothing.mjs"), 1);
    await expect(order(1)).rejects.toMatchObject({ code: "kernel_failed" });
    await expect(order(1)).rejects.toMatchObject({ code: "kernel_failed" });
    expect(pool.size).toEqual({ workers: 0, working: 0, waiting: 0 });
  });

  it("a pool refuses a call over its bounds in number and in bytes", async () => {
    start(1);
    const settled = (calls: Promise<Uint8Array>[]) => Promise.allSettled(calls);
    const many = settled(Array.from({ length: 258 }, () => order(1)));
    expect(pool.size.waiting).toBe(256);
    await expect(order(1)).rejects.toThrow("too many verifications are waiting");
    expect((await many).every(({ status }) => status === "fulfilled")).toBe(true);
    const large = settled(Array.from({ length: 6 }, () => pool.run([new Uint8Array(16 << 20).fill(1)])));
    expect(pool.size.waiting).toBe(4);
    await expect(order(1)).rejects.toThrow("too many verifications are waiting");
    expect((await large).every(({ status }) => status === "fulfilled")).toBe(true);
  });

  it("a closed pool rejects open and later calls", async () => {
    start(1);
    const open = [order(2), order(2), order(2)].map((call) => expect(call).rejects.toThrow("the kernel is closed"));
    await pool.close();
    await Promise.all(open);
    await pool.close();
    await expect(order(1)).rejects.toMatchObject({ code: "kernel_failed" });
    expect(pool.size).toEqual({ workers: 0, working: 0, waiting: 0 });
  });
});
