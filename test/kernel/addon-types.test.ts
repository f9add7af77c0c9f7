import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ADDON_FILE } from "../../src/kernel/addon-files.js";
import { PACKAGE_ROOT } from "../../src/kernel/source-digest.js";

const ADDON = join(PACKAGE_ROOT, "native/addon", ADDON_FILE);

it.skipIf(!existsSync(ADDON))(
  "the committed types declare the exports of the addon (if not: npm run build:addon)",
  async () => {
    const addon: unknown = createRequire(import.meta.url)(ADDON);
    if (typeof addon !== "object" || addon === null) throw new Error("not an addon");
    const types = await readFile(join(PACKAGE_ROOT, "native/addon/index.d.ts"), "utf8");
    const declared = [...types.matchAll(/^export declare function (\w+)/gm)].map((match) => match[1]);
    expect(declared.sort()).toEqual(Object.keys(addon).sort());
  },
);
