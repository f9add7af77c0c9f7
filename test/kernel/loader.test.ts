import { existsSync } from "node:fs";
import { appendFile, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ADDON_FILE } from "../../src/kernel/addon-files.js";
import { blake3Of, type LoadedKernel, loadKernel } from "../../src/kernel/index.js";
import { ReferenceKernel } from "../../src/kernel/reference.js";
import { selfTest } from "../../src/kernel/self-test.js";
import { PACKAGE_ROOT } from "../../src/kernel/source-digest.js";
import { ascii, toHex } from "../../src/protocol/bytes.js";
import { scratchDirectory } from "../support/scratch.js";

const BUILT_ADDON = join(PACKAGE_ROOT, "native", "addon", ADDON_FILE);

let root: string;

/** Copies the package's Rust sources and its WebAssembly module to `root`. */
async function copyPackage(): Promise<void> {
  for (const name of ["Cargo.toml", "Cargo.lock", "native/source_digest.rs", "native/kernel", "wasm"]) {
    await cp(join(PACKAGE_ROOT, name), join(root, name), { recursive: true });
  }
  const filter = (path: string) => !path.endsWith(".node");
  await cp(join(PACKAGE_ROOT, "native/addon"), join(root, "native/addon"), { recursive: true, filter });
}

async function writeAt(path: string, text: string): Promise<void> {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), text);
}

/** The causes for which a backend was refused. */
function causes(loaded: LoadedKernel, backend: string): string {
  return loaded.skipped.flatMap((one) => (one.backend === backend ? [one.cause] : [])).join("; ");
}

beforeEach(async () => {
  root = await scratchDirectory();
  await mkdir(join(root, "native/addon"), { recursive: true });
  vi.stubEnv("TOS_AI_KERNEL", "");
});

afterEach(async () => {
  vi.unstubAllEnvs();
});

describe("loadKernel", () => {
  it("loadKernel falls back to the reference with cause and cure for each better backend", async () => {
    const { kernel, skipped } = await loadKernel({ root });
    expect(kernel.backend).toBe("reference");
    expect(skipped.map(({ backend }) => backend)).toEqual(["native", "wasm"]);
    expect(skipped[0]?.cause).toContain("was not built");
    expect(skipped[0]?.cure).toContain("npm run build:addon");
    expect(skipped[1]?.cause).toBe("the WebAssembly module is not in the package");
  });

  it("loadKernel uses WebAssembly if there is no addon", async () => {
    await copyPackage();
    const { kernel, skipped } = await loadKernel({ root });
    expect(kernel.backend).toBe("wasm");
    expect(skipped.map(({ backend }) => backend)).toEqual(["native"]);
    await kernel.close();
  });

  it("loadKernel repeats the cause of the last build", async () => {
    const status = { cause: "cargo was not found on PATH", cure: "install Rust" };
    await writeAt("native/addon/build-status.json", JSON.stringify(status));
    const { skipped } = await loadKernel({ root });
    expect(skipped[0]).toEqual({ backend: "native", ...status });
  });

  it.each(["{", "null", "[]", '{"cause":1}'])("loadKernel ignores an invalid build status: %s", async (text) => {
    await writeAt("native/addon/build-status.json", text);
    const { skipped } = await loadKernel({ root });
    expect(skipped[0]?.cause).toContain("was not built");
  });

  it("loadKernel skips files that are not libraries, each with its cause", async () => {
    const library = process.platform === "darwin" ? "libtos_ai_addon.dylib" : "libtos_ai_addon.so";
    await writeAt(`native/addon/${ADDON_FILE}`, "no library");
    await writeAt(`target/release/${library}`, "no library either");
    const loaded = await loadKernel({ root });
    expect(loaded.kernel.backend).toBe("reference");
    expect(causes(loaded, "native")).toMatch(
      /^the addon can't be loaded .*; cargo's build of the addon can't be loaded/s,
    );
  });

  it("loadKernel refuses a module of other sources, of another version, broken, or with wrong answers", async () => {
    await copyPackage();
    const glue = join(root, "wasm/pkg/kernel.js");
    const text = await readFile(glue, "utf8");
    // A new path each time, because Node caches loaded modules.
    const attempt = async (change: () => Promise<void>) => {
      root = await scratchDirectory();
      await copyPackage();
      await change();
      return causes(await loadKernel({ root }), "wasm");
    };
    const replaced = (from: string, to: string) => () =>
      writeFile(join(root, "wasm/pkg/kernel.js"), text.replace(from, to));
    const source = () => appendFile(join(root, "native/kernel/src/lib.rs"), "\n");
    expect(await attempt(source)).toContain("was built from other sources than the package's");
    expect(await attempt(() => rm(join(root, "Cargo.lock")))).toContain("Rust sources are missing");
    expect(await attempt(() => appendFile(join(root, "wasm/pkg/kernel.js"), 'exports.version = () => "9";'))).toContain(
      "is of version 9",
    );
    expect(await attempt(() => writeFile(join(root, "wasm/pkg/kernel_bg.wasm"), "no module"))).toContain(
      "can't be loaded",
    );
    expect(await attempt(replaced("exports.scan = scan;", ""))).toContain("not the module of this package");
    expect(
      await attempt(() => appendFile(join(root, "wasm/pkg/kernel.js"), "exports.verifyPlain = () => true;")),
    ).toContain("gives a wrong answer (verifyPlain)");
  });

  it.skipIf(!existsSync(BUILT_ADDON))(
    "loadKernel uses an addon only with the sources from which it was built",
    async () => {
      await copyPackage();
      await cp(BUILT_ADDON, join(root, "native/addon", ADDON_FILE));
      expect((await loadKernel({ root })).kernel.backend).toBe("native");
      await appendFile(join(root, "native/addon/src/lib.rs"), "\n");
      const loaded = await loadKernel({ root });
      expect(loaded.kernel.backend).toBe("wasm");
      expect(causes(loaded, "native")).toBe("the addon was built from other sources than the package's");
    },
  );

  it.skipIf(!existsSync(BUILT_ADDON))(
    "loadKernel uses a prebuilt platform package when the local build is unusable",
    async () => {
      await copyPackage();
      const name = `tos-ai-sync-${ADDON_FILE.split(".")[1]}`;
      await writeAt(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "0.0.0" }));
      await cp(BUILT_ADDON, join(root, "node_modules", name, ADDON_FILE));
      await writeAt(`native/addon/${ADDON_FILE}`, "no library");
      const loaded = await loadKernel({ root });
      expect(loaded.kernel.backend).toBe("native");
      expect(causes(loaded, "native")).toContain("the addon can't be loaded");
    },
  );

  it("loadKernel does not fall back from a forced backend", async () => {
    await expect(loadKernel({ force: "native", root })).rejects.toMatchObject({ code: "kernel_failed" });
    await expect(loadKernel({ force: "native", root })).rejects.toThrow(/was not built.*build:addon/);
    await expect(loadKernel({ force: "wasm", root })).rejects.toThrow(/not in the package.*build:wasm/);
    const { kernel, skipped } = await loadKernel({ force: "reference" });
    expect([kernel.backend, skipped]).toEqual(["reference", []]);
  });

  it("loadKernel uses its option before TOS_AI_KERNEL", async () => {
    vi.stubEnv("TOS_AI_KERNEL", "native");
    await expect(loadKernel({ root })).rejects.toMatchObject({ code: "kernel_failed" });
    expect((await loadKernel({ force: "reference", root })).kernel.backend).toBe("reference");
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

  it.each(["hash", "verifyPlain", "verifyMessages"])("selfTest names a wrong %s", async (lie) => {
    const kernel = new Liar(lie);
    expect(await selfTest(kernel, (items) => kernel.verifyMessages(items))).toBe(lie);
  });

  it("selfTest passes a correct kernel", async () => {
    const kernel = new ReferenceKernel("0");
    expect(await selfTest(kernel, (items) => kernel.verifyMessages(items))).toBeUndefined();
  });
});

describe("the reference kernel", () => {
  it("the reference kernel gives the event loop a turn before each signature", async () => {
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
  it("blake3Of returns a new hash each time", () => {
    const blake3 = blake3Of(new ReferenceKernel("0"));
    const [a, b] = [blake3(ascii("abc")), blake3(ascii("abc"))];
    expect(toHex(a)).toBe("6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
    expect(a).not.toBe(b);
  });
});
