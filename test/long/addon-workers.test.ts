import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ADDON_FILE } from "../../src/kernel/addon-files.js";
import { PACKAGE_ROOT } from "../../src/kernel/source-digest.js";

const ADDON = join(PACKAGE_ROOT, "native/addon", ADDON_FILE);
const SCRIPT = fileURLToPath(new URL("addon-workers.mjs", import.meta.url));

describe.skipIf(!existsSync(ADDON))("the addon in worker threads", () => {
  it("is loaded in 20 of them 20 times, each ended with verifications at work", { timeout: 180_000 }, async () => {
    // A process of its own, whose crash is a failed test and no more.
    const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, ADDON]);
    expect(stdout.trim()).toBe("400");
  });
});
