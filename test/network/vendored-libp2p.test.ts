import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { libp2pModule } from "../../scripts/libp2p-module.mjs";

const MODULE = new URL("../../vendor/libp2p/index.js", import.meta.url);
const MANIFEST = new URL("../../package.json", import.meta.url);

it("vendor/libp2p is libp2p of the lock file, as npm run generate:libp2p makes it", async () => {
  expect(await readFile(MODULE, "utf8")).toBe(await libp2pModule());
});

it("every package that vendor/libp2p imports is a dependency with an exact version", async () => {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(await readFile(MANIFEST, "utf8"));
  const specifiers = [...(await readFile(MODULE, "utf8")).matchAll(/^import .* from "(?!node:)([^"]+)"/gm)];
  const packages = specifiers.map(([, specifier = ""]) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? "");
  expect(packages.length).toBeGreaterThan(0);
  expect(packages.filter((name) => dependencies[name] === undefined)).toEqual([]);
});
