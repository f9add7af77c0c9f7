import { appendFile, cp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { PACKAGE_ROOT, sourceDigest, WASM_BINDING } from "../../src/kernel/source-digest.js";
import { scratchDirectory } from "../support/scratch.js";

let root: string;

beforeEach(async () => {
  root = await scratchDirectory();
  for (const name of ["Cargo.toml", "Cargo.lock", "native/source_digest.rs", "native/kernel", "wasm"]) {
    await cp(join(PACKAGE_ROOT, name), join(root, name), { recursive: true });
  }
});

const digest = () => sourceDigest(WASM_BINDING, root);

async function replaceIn(file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(join(root, file), "utf8");
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  await writeFile(join(root, file), changed);
}

describe("the committed WebAssembly module", () => {
  it("the committed module was built from the sources beside it (if not: npm run build:wasm)", () => {
    const module: unknown = createRequire(import.meta.url)("../../wasm/pkg/kernel.js");
    if (typeof module !== "object" || module === null || !("sourceDigest" in module)) throw new Error("not the module");
    const { sourceDigest: built } = module;
    if (typeof built !== "function") throw new Error("not the module");
    expect(built()).toBe(sourceDigest(WASM_BINDING));
  });
});

describe("sourceDigest", () => {
  it("the digest depends on sources, profile, versions and the binding's part of the lock file", async () => {
    const seen = new Set([sourceDigest(WASM_BINDING)]);
    expect(seen).toContain(digest());
    const changes: (() => Promise<void>)[] = [
      () => appendFile(join(root, "native/kernel/src/scan.rs"), "\n"),
      () => appendFile(join(root, "wasm/src/lib.rs"), "\n"),
      () => appendFile(join(root, "wasm/build.rs"), "\n"),
      () => appendFile(join(root, "native/source_digest.rs"), "\n"),
      () => writeFile(join(root, "native/kernel/src/another.rs"), ""),
      () => replaceIn("Cargo.toml", 'lto = "thin"', 'lto = "fat"'),
      () => replaceIn("Cargo.toml", /(\[workspace.package\].*version = )"[^"]*"/s, '$1"9.9.9"'),
      () => replaceIn("Cargo.toml", "blake3 = { ", 'blake3 = { features = ["pure"], '),
      () => replaceIn("Cargo.lock", /(name = "keccak"\nversion = )"[^"]*"/, '$1"9.9.9"'),
      () => replaceIn("Cargo.lock", /(name = "subtle".*?checksum = )"[^"]*"/s, '$1"00"'),
    ];
    for (const change of changes) {
      await change();
      expect(seen, change.toString()).not.toContain(digest());
      seen.add(digest());
    }
  });

  it("the digest does not depend on tests, comments in manifests, or other crates and their locks", async () => {
    const before = digest();
    await appendFile(join(root, "native/kernel/src/tests.rs"), "\n");
    await replaceIn("Cargo.toml", "[workspace.package]", "# A comment.\n\n[workspace.package]");
    await replaceIn("Cargo.toml", "[profile.test]", "[profile.dev]\ndebug = false\n[profile.test]");
    await replaceIn("Cargo.lock", /(name = "napi"\nversion = )"[^"]*"/, '$1"9.9.9"');
    expect(digest()).toBe(before);
  });

  it("the digest is undefined without the sources", async () => {
    await rm(join(root, "Cargo.lock"));
    expect(digest()).toBeUndefined();
  });
});
