import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { FakeDaemon, type FakeDaemonOptions } from "../../src/testing/index.js";
import { TASK } from "../support/control/fake-control.js";
import { fakeNode, type Ran, run } from "../support/run-cli.js";
import { scratchDirectory } from "../support/scratch.js";

const ANY_PORTS = ["--api", "127.0.0.1:0", "--p2p-listen", "/ip4/127.0.0.1/tcp/0"];

async function daemon(options: FakeDaemonOptions = {}): Promise<FakeDaemon> {
  const fake = await FakeDaemon.start(options);
  onTestFinished(() => fake.stop());
  return fake;
}

/** Starts a node and interrupts it when it reports that it runs. */
function startAndStop(argv: readonly string[]): Promise<Ran> {
  const interrupt = new AbortController();
  return run(["start", ...ANY_PORTS, ...argv, "--json"], { signal: interrupt.signal, onOut: () => interrupt.abort() });
}

interface DaemonCheck {
  readonly ok: boolean;
  readonly detail: string;
  readonly cure?: string;
}

async function doctor(argv: readonly string[]): Promise<DaemonCheck> {
  const { out } = await run(["doctor", ...argv, "--json"]);
  const report: { checks: (DaemonCheck & { name: string })[] } = JSON.parse(out);
  const { name: _name, ...check } = report.checks.find(({ name }) => name === "daemon") ?? {
    name: "",
    ok: false,
    detail: "none",
  };
  return check;
}

describe("start --daemon", () => {
  test("start --daemon runs a node of the daemon's network instead of the default of --network", async () => {
    const fake = await daemon({ network: "stagenet" });
    const dir = await scratchDirectory();
    const { code, out, err } = await startAndStop(["--daemon", fake.url, "--dir-path", dir]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ network: "stagenet", chain: "daemon", registry: "chain" });
    expect(await readdir(join(dir, "ai"))).toEqual(["stagenet"]);
  });

  test("other commands find the node without --network unless several run", async () => {
    const dir = await scratchDirectory();
    const directory = (label: string) => join(dir, "ai", label);
    const runs = async (label: string): Promise<void> => {
      await mkdir(directory(label), { recursive: true });
      await writeFile(join(directory(label), "api.json"), JSON.stringify({ url: "http://127.0.0.1:1", pid: 1 }));
    };
    const looksIn = async (): Promise<string> => (await run(["status", "--dir-path", dir])).err;
    expect(await looksIn()).toContain(directory("dev"));
    await runs("stagenet");
    expect(await looksIn()).toContain(directory("stagenet"));
    await runs("mainnet");
    expect(await looksIn()).toContain(directory("dev"));
  });

  test("start --daemon refuses a daemon of another network than --network", async () => {
    const fake = await daemon({ network: "testnet" });
    const { code, err } = await startAndStop([
      ...["--daemon", fake.url, "--dir-path", await scratchDirectory(), "--network", "mainnet"],
    ]);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ error: { code: "wrong_network" } });
  });

  test("a start that waits for the daemon ends without an error when interrupted", async () => {
    const interrupt = new AbortController();
    setImmediate(() => interrupt.abort());
    const argv = ["start", ...ANY_PORTS, "--daemon", "127.0.0.1:1", "--dir-path", await scratchDirectory()];
    expect(await run(argv, { signal: interrupt.signal })).toMatchObject({ code: 0, out: "" });
  });
});

describe("doctor --daemon", () => {
  test("doctor --daemon shows the daemon and the methods that it lacks", async () => {
    const fake = await daemon({ network: "testnet" });
    const at = ["--daemon", fake.url, "--dir-path", await scratchDirectory()];
    const good = await doctor(at);
    expect(good.ok).toBe(true);
    expect(good.detail).toMatch(/on testnet, genesis [0-9a-f]{16}, AI mining: yes$/);
    expect(good.cure).toBeUndefined();
    await fake.restart({ profile: "plain" });
    expect((await doctor(at)).cure).toContain("--registry-file");
    expect(await doctor([...at, "--network", "mainnet"])).toMatchObject({ ok: false });
  });

  test("doctor --daemon shows the cure for no answer, a wrong answer and an invalid URL", async () => {
    const dir = ["--dir-path", await scratchDirectory()];
    expect(await doctor([...dir, "--daemon", "127.0.0.1:1"])).toMatchObject({
      ok: false,
      cure: expect.stringContaining("start the daemon"),
    });
    expect(await doctor([...dir, "--daemon", "nowhere at all"])).toMatchObject({
      ok: false,
      cure: expect.stringContaining("ws://"),
    });
    const { api } = await fakeNode();
    const other = await doctor([...dir, "--daemon", `${api.url}/json_rpc`]);
    expect(other.ok).toBe(false);
    expect(other.cure).toBeDefined();
  });

  test("doctor --daemon reports a frozen daemon and another program by different messages", async () => {
    const fake = await daemon();
    fake.freeze();
    const at = ["--daemon", fake.url, "--dir-path", await scratchDirectory()];
    expect(await doctor(at)).toMatchObject({ ok: false, cure: expect.stringContaining("overloaded") });
  });

  test("doctor --daemon refuses another chain than the directory's and warns of a daemon that is down", async () => {
    const fake = await daemon();
    const at = ["--daemon", fake.url, "--dir-path", await scratchDirectory()];
    expect((await startAndStop(at)).code).toBe(0);
    expect(await doctor(at)).toMatchObject({ ok: true });
    await fake.restart({ seed: "another genesis" });
    expect(await doctor(at)).toMatchObject({ ok: false, cure: expect.stringContaining("--dir-path") });
    await fake.kill();
    expect(await doctor(at)).toMatchObject({ ok: true, cure: expect.stringContaining("start the daemon") });
  });
});

describe("values of the chain", () => {
  test("the chain's values are shown with status and task", async () => {
    const { cli, control } = await fakeNode();
    expect((await cli(["status"])).out).toMatch(/chain +daemon, at 44, stable to height 32\n/);
    control.trouble = { reason: "stalled", detail: "no block\u001b" };
    expect((await cli(["status"])).out).toMatch(/stable to height 32; stalled: no block\ufffd\n/);
    control.taskOnChain = {
      confirmed: false,
      publisher: "00".repeat(32),
      status: "Active",
      publishedAt: 17,
      rewardAmount: 1n,
      deadlineMs: 1n,
    };
    expect((await cli(["task", "show", TASK])).out).toMatch(/on chain +Active, published at 17, BY ANOTHER PUBLISHER/);
  });
});
