import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Kernel } from "../../src/kernel/index.js";
import { ROW_BYTES, rowCount } from "../../src/protocol/table.js";
import { others, reference } from "../support/backends.js";

const CORPUS = new URL("../../native/kernel/fuzz/corpus/", import.meta.url);

/** The context of the fuzz targets: devnet, a genesis of nines, high limits. */
function fuzzContext(): Uint8Array {
  const context = new DataView(new ArrayBuffer(77));
  new Uint8Array(context.buffer).fill(9, 1, 33);
  context.setUint8(0, 3);
  const limits = [4096, 1024, 512, 8192, 256, 4096, 512, 10_240, 49_152, 64, 65_536];
  for (const [at, limit] of limits.entries()) context.setUint32(33 + 4 * at, limit);
  return new Uint8Array(context.buffer);
}

function inputs(target: string): { name: string; bytes: Uint8Array }[] {
  const folder = new URL(`${target}/`, CORPUS);
  return readdirSync(folder).map((name) => ({ name, bytes: new Uint8Array(readFileSync(new URL(name, folder))) }));
}

/** The result of a kernel: bytes, or the code of its error. */
async function outcome(run: () => Uint8Array | Promise<Uint8Array>): Promise<Uint8Array | string> {
  try {
    return await run();
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "another error";
  }
}

const context = fuzzContext();

/** Verdicts with the scan table of the input, and with the input's own bytes as the table. */
async function verdicts(kernel: Kernel, bytes: Uint8Array): Promise<(Uint8Array | string)[]> {
  const all = (table: Uint8Array) => new Uint8Array(rowCount(table)).fill(1);
  const table = await outcome(() => kernel.scan(bytes, context));
  const foreign = bytes.subarray(0, bytes.length - (bytes.length % ROW_BYTES));
  return [
    table,
    typeof table === "string" ? table : await outcome(() => kernel.verify(bytes, table, all(table), context)),
    await outcome(() => kernel.verify(bytes, foreign, all(foreign), context)),
  ];
}

describe.each(others.map((kernel) => ({ kernel })))("corpus of the fuzz targets on $kernel.backend", ({ kernel }) => {
  it.each(inputs("intake"))("intake, $name", async ({ bytes }) => {
    expect(await verdicts(kernel, bytes)).toEqual(await verdicts(reference, bytes));
  });

  it.each(inputs("messages"))("messages, $name", async ({ bytes }) => {
    const together = await outcome(() => kernel.verifyMessages(bytes));
    expect(together).toEqual(await outcome(() => reference.verifyMessages(bytes)));
  });
});
