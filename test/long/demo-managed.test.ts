import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const DEMO = fileURLToPath(new URL("../../examples/demo/managed.mjs", import.meta.url));
const hasCargo = await run("cargo", ["--version"]).then(
  () => true,
  () => false,
);

describe.runIf(hasCargo)("npm run demo:managed", { timeout: 300_000 }, () => {
  it("the demo ends with six agreeing nodes, a restarted plugin, and each key only where it belongs", async () => {
    const { stdout } = await run(process.execPath, [DEMO, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      managed: 3,
      standalone: 3,
      digests_equal: true,
      records: 12,
      clean_stops: 3,
      private_keys_with_plugin: 0,
    });
  });
});
