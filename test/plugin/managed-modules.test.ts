import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../support/project.js";

const IMPORT = /^(?:import|export)\b[^"';]*?\bfrom "([^"]+)";|^import "([^"]+)";/gm;

/** The packages of a module's static imports, which load before the module runs. */
function packagesOf(entry: string): string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const load = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, from, effect] of readFileSync(file, "utf8").matchAll(IMPORT)) {
      const name = from ?? effect ?? "";
      if (name.startsWith(".")) load(join(dirname(file), name));
      else if (!name.startsWith("node:")) packages.add(name);
    }
  };
  load(join(projectRoot, "dist", entry));
  return [...packages];
}

test.each([
  ["plugin/managed/run.js", "zod"],
  ["cli/run-process.js", "commander"],
])("%s loads neither the network nor a database nor the API server before it runs", (entry, loaded) => {
  const packages = packagesOf(entry);
  const late = /libp2p|multiformats|hono|noble|prom-client|level|rocksdb/;
  expect(packages).toContain(loaded);
  expect(packages.filter((name) => late.test(name))).toEqual([]);
});
