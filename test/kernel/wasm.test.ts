import { execFile } from "node:child_process";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { ReferenceKernel } from "../../src/kernel/reference.js";
import { PACKAGE_ROOT } from "../../src/kernel/source-digest.js";
import { WasmKernel } from "../../src/kernel/wasm.js";
import { packItems } from "../../src/protocol/table.js";
import { scratchDirectory } from "../support/scratch.js";

const FOLDER = join(PACKAGE_ROOT, "wasm");

/** A packed batch of valid signatures by different signers. */
function batchOf(kernel: WasmKernel, count: number): Uint8Array {
  const items = Array.from({ length: count }, (_, index) => {
    const privateKey = Uint8Array.from({ length: 32 }, (_byte, at) => (at === 0 ? index + 1 : at === 31 ? 1 : 7));
    const message = new Uint8Array(300).fill(index);
    return { publicKey: kernel.publicKey(privateKey), signature: kernel.sign(privateKey, message), message };
  });
  return packItems(items);
}

describe("WasmKernel", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await scratchDirectory();
    await cp(join(FOLDER, "pkg"), join(folder, "pkg"), { recursive: true });
  });

  it("the kernel continues in a new instance after a trap", async () => {
    const trap = `
exports.hash = (input, out) => {
  if (input.length === 3) throw new WebAssembly.RuntimeError("unreachable");
  hash(input, out);
};
exports.instance = Math.random();
exports.version = () => String(exports.instance);
`;
    await writeFile(join(folder, "pkg/kernel.js"), trap, { flag: "a" });
    const kernel = new WasmKernel(folder);
    const out = new Uint8Array(32);
    const failed = expect.objectContaining({ code: "kernel_failed" });
    const begun = kernel.hasher();
    expect(() => kernel.hash(new Uint8Array(3), out)).toThrowError(failed);
    expect(() => begun.update(out)).toThrowError(failed);
    begun.free();
    kernel.hash(new Uint8Array(4), out);
    const expected = new Uint8Array(32);
    new ReferenceKernel("0").hash(new Uint8Array(4), expected);
    expect(out).toEqual(expected);
    expect(new WasmKernel(folder).version).not.toBe(kernel.version);
  });

  it("full workers do not block the event loop", async () => {
    const kernel = new WasmKernel(FOLDER);
    const batch = batchOf(kernel, 64);
    await kernel.verifyMessages(batch);
    const before = performance.eventLoopUtilization();
    let left = 200;
    const caller = async () => {
      for (; left > 0; left--)
        expect((await kernel.verifyMessages(batch)).every((verdict) => verdict === 0)).toBe(true);
    };
    await Promise.all(Array.from({ length: 12 }, caller));
    const { utilization } = performance.eventLoopUtilization(before);
    await kernel.close();
    // Almost 0; it would be 1 if this thread verified by itself.
    expect(utilization).toBeLessThan(0.5);
  });

  it("idle workers do not keep the process alive, running calls do", async () => {
    const script = `
      import { WasmKernel } from ${JSON.stringify(join(PACKAGE_ROOT, "dist/kernel/wasm.js"))};
      const kernel = new WasmKernel(${JSON.stringify(FOLDER)});
      console.log((await kernel.verifyMessages(new Uint8Array(132))).length);
    `;
    await writeFile(join(folder, "idle.mjs"), script);
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "idle.mjs")]);
    expect(stdout.trim()).toBe("1");
  });
});
