import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { FakeDaemon } from "../../src/testing/index.js";
import { run } from "../support/run-cli.js";
import { scratchDirectory } from "../support/scratch.js";

/** The directory of a stopped node that ran beside a daemon of this network. */
async function leftBeside(fake: FakeDaemon, ...more: string[]): Promise<string> {
  const dir = await scratchDirectory();
  const interrupt = new AbortController();
  const argv = [
    "--daemon",
    fake.url,
    "--dir-path",
    dir,
    "--api",
    "127.0.0.1:0",
    "--p2p-listen",
    "/ip4/127.0.0.1/tcp/0",
  ];
  const { code } = await run(["start", ...argv, ...more], { signal: interrupt.signal, onOut: () => interrupt.abort() });
  expect(code).toBe(0);
  return dir;
}

describe("check of the directory of a node beside a daemon", () => {
  let fake: FakeDaemon;
  beforeEach(async () => {
    fake = await FakeDaemon.start({ network: "stagenet" });
    onTestFinished(() => fake.stop());
  });

  test("check of a sidecar's directory needs neither the daemon nor the network name", async () => {
    const dir = await leftBeside(fake);
    await fake.stop();
    const { code, out, err } = await run(["check", "--dir-path", dir]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("the database is whole");
    expect(await run(["check", "--dir-path", dir, "--network", "stagenet"])).toMatchObject({ code: 0, err: "" });
  });

  test("check reports a chain registry that can't be used", async () => {
    const dir = await leftBeside(fake);
    await writeFile(join(dir, "ai", "stagenet", "registry"), "damaged");
    const { code, err } = await run(["check", "--dir-path", dir]);
    expect(code).toBe(0);
    expect(err).toContain("the saved registry is not usable");
  });

  test("check asks for the registry file of the node's start", async () => {
    const file = join(await scratchDirectory(), "registry.json");
    await writeFile(file, JSON.stringify({ network: "stagenet", authors: [] }));
    const dir = await leftBeside(fake, "--registry-file", file);
    const without = await run(["check", "--dir-path", dir]);
    expect(without).toMatchObject({ code: 2, out: "", err: expect.stringContaining("--registry-file") });
    expect(await run(["check", "--dir-path", dir, "--registry-file", file])).toMatchObject({ code: 0, err: "" });
  });
});
