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

/** Starts a node and interrupts it as soon as it has said that it stands. */
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
  test("runs a node of the daemon's network, whatever --network is by default", async () => {
    const fake = await daemon({ network: "stagenet" });
    const dir = await scratchDirectory();
    const { code, out, err } = await startAndStop(["--daemon", fake.url, "--dir-path", dir]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ network: "stagenet", chain: "daemon", registry: "chain" });
    expect(await readdir(join(dir, "ai"))).toEqual(["stagenet"]);
  });

  test("is found by the other commands without its network, unless several run", async () => {
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

  test("refuses a daemon of another network than --network names", async () => {
    const fake = await daemon({ network: "testnet" });
    const { code, err } = await startAndStop([
      ...["--daemon", fake.url, "--dir-path", await scratchDirectory(), "--network", "mainnet"],
    ]);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ error: { code: "wrong_network" } });
  });

  test("ends without an error when it is interrupted while it waits for the daemon", async () => {
    const interrupt = new AbortController();
    setImmediate(() => interrupt.abort());
    const argv = ["start", ...ANY_PORTS, "--daemon", "127.0.0.1:1", "--dir-path", await scratchDirectory()];
    expect(await run(argv, { signal: interrupt.signal })).toMatchObject({ code: 0, out: "" });
  });
});

describe("doctor --daemon", () => {
  test("says which daemon answers, and what is missing there", async () => {
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

  test("says what to do where none answers, nothing sensible does, or the URL is none", async () => {
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

  test("says of a daemon that is there and frozen something else than of a program that is none", async () => {
    const fake = await daemon();
    fake.freeze();
    const at = ["--daemon", fake.url, "--dir-path", await scratchDirectory()];
    expect(await doctor(at)).toMatchObject({ ok: false, cure: expect.stringContaining("overloaded") });
  });

  test("knows the chain that the directory serves: another is refused, and one that is away is only a warning", async () => {
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

describe("what the chain says", () => {
  test("is shown with status and task", async () => {
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
