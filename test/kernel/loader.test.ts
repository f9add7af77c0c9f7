import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { blake3Of, loadKernel } from "../../src/kernel/index.js";
import { ADDON_FILE } from "../../src/kernel/native.js";
import { ReferenceKernel } from "../../src/kernel/reference.js";
import { selfTest } from "../../src/kernel/self-test.js";
import { ascii, toHex } from "../../src/protocol/bytes.js";

let addonFolder: string;

beforeEach(async () => {
  addonFolder = await mkdtemp(join(tmpdir(), "tos-ai-addon-"));
  vi.stubEnv("TOS_AI_KERNEL", "");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(addonFolder, { recursive: true });
});

describe("loadKernel", () => {
  it("falls back to the reference and says of each better backend why, and what would change that", async () => {
    const { kernel, skipped } = await loadKernel({ addonFolder });
    expect(kernel.backend).toBe("reference");
    expect(skipped.map(({ backend }) => backend)).toEqual(["native", "wasm"]);
    expect(skipped[0]?.cause).toContain("was not built");
    expect(skipped[0]?.cure).toContain("npm run build:addon");
  });

  it("repeats what the last build said", async () => {
    const status = { cause: "cargo was not found on PATH", cure: "install Rust" };
    await writeFile(join(addonFolder, "build-status.json"), JSON.stringify(status));
    const { skipped } = await loadKernel({ addonFolder });
    expect(skipped[0]).toEqual({ backend: "native", ...status });
  });

  it.each(["{", "null", "[]", '{"cause":1}'])("ignores a build status that is none: %s", async (text) => {
    await writeFile(join(addonFolder, "build-status.json"), text);
    const { skipped } = await loadKernel({ addonFolder });
    expect(skipped[0]?.cause).toContain("was not built");
  });

  it("skips a file that is no library", async () => {
    await writeFile(join(addonFolder, ADDON_FILE), "no library");
    const { kernel, skipped } = await loadKernel({ addonFolder });
    expect(kernel.backend).toBe("reference");
    expect(skipped[0]?.cause).toContain("can't be loaded");
  });

  it("never falls back from a forced backend", async () => {
    await expect(loadKernel({ force: "native", addonFolder })).rejects.toMatchObject({ code: "kernel_failed" });
    await expect(loadKernel({ force: "native", addonFolder })).rejects.toThrow(/was not built.*build:addon/);
    await expect(loadKernel({ force: "wasm" })).rejects.toMatchObject({ code: "kernel_failed" });
    const { kernel, skipped } = await loadKernel({ force: "reference" });
    expect([kernel.backend, skipped]).toEqual(["reference", []]);
  });

  it("obeys TOS_AI_KERNEL, and its own option before that", async () => {
    vi.stubEnv("TOS_AI_KERNEL", "native");
    await expect(loadKernel({ addonFolder })).rejects.toMatchObject({ code: "kernel_failed" });
    expect((await loadKernel({ force: "reference", addonFolder })).kernel.backend).toBe("reference");
    vi.stubEnv("TOS_AI_KERNEL", "Native");
    await expect(loadKernel()).rejects.toMatchObject({ code: "bad_parameters" });
    await expect(loadKernel()).rejects.toThrow("native, wasm or reference");
  });
});

describe("selfTest", () => {
  class Liar extends ReferenceKernel {
    readonly lie: string;

    constructor(lie: string) {
      super("0");
      this.lie = lie;
    }

    override hash(input: Uint8Array, out: Uint8Array): void {
      super.hash(input, out);
      if (this.lie === "hash") out[31] = 0;
    }

    override verifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
      return this.lie === "verifyPlain" || super.verifyPlain(publicKey, message, signature);
    }

    override async verifyMessages(items: Uint8Array): Promise<Uint8Array> {
      const verdicts = await super.verifyMessages(items);
      return this.lie === "verifyMessages" ? verdicts.fill(0) : verdicts;
    }
  }

  it.each(["hash", "verifyPlain", "verifyMessages"])("names a wrong %s", async (lie) => {
    expect(await selfTest(new Liar(lie))).toBe(lie);
  });

  it("passes a right kernel", async () => {
    expect(await selfTest(new ReferenceKernel("0"))).toBeUndefined();
  });
});

describe("the reference kernel", () => {
  it("gives the event loop a turn before each signature", async () => {
    const kernel = new ReferenceKernel("0");
    let turns = 0;
    let running = true;
    const count = () => {
      turns += 1;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    await kernel.verifyMessages(new Uint8Array(132 * 20));
    running = false;
    expect(turns).toBeGreaterThanOrEqual(20);
  });
});

describe("blake3Of", () => {
  it("returns a new hash each time", () => {
    const blake3 = blake3Of(new ReferenceKernel("0"));
    const [a, b] = [blake3(ascii("abc")), blake3(ascii("abc"))];
    expect(toHex(a)).toBe("6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
    expect(a).not.toBe(b);
  });
});
