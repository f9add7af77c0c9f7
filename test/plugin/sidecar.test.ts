import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Log } from "../../src/manager/log.js";
import { openSidecar, type SidecarOptions, startSidecar } from "../../src/plugin/sidecar.js";
import { codeTask } from "../support/local-node.js";
import { scratchDirectory } from "../support/scratch.js";
import { daemon, registered, type Sidecar, sidecar } from "./running-sidecar.js";

const STABLE_DEPTH = 8;
const TASK_ON_CHAIN = {
  kind: "publish",
  reward: 1_000_000,
  difficulty: "Basic",
  deadlineMs: 2_000_000_000_000,
  description: "Find overflows",
} as const;

async function refusal(options: Partial<SidecarOptions> & Pick<SidecarOptions, "daemon" | "dirPath">): Promise<string> {
  try {
    await (await openSidecar(options)).close();
    return "opened";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

describe("a node beside a daemon", () => {
  it("a node beside a daemon takes its network and genesis, and lets registered authors publish", async () => {
    const fake = await daemon();
    fake.mine(20);
    const dirPath = await scratchDirectory();
    const node = await sidecar({ dirPath, daemon: fake.url });
    const { control } = node.manager;
    await node.until(() => control.info().chain.topoheight === 20);
    const info = control.info();
    expect(info).toMatchObject({ network: "devnet", networkName: undefined, genesis: fake.chain.range(0, 0)[0]?.hash });
    expect(info.chain).toMatchObject({ mode: "daemon", stableHeight: 20 - STABLE_DEPTH, trouble: undefined });
    expect(info.registry.kind).toBe("chain");
    expect(await readdir(dirPath)).toEqual(["ai"]);
    expect(await readdir(join(dirPath, "ai"))).toEqual(["dev"]);

    const key = info.authors[0]?.key ?? "";
    await expect(control.publishTask(codeTask("too early"))).rejects.toMatchObject({ code: "unknown_author" });
    fake.registerMiner(key);
    fake.mine(STABLE_DEPTH);
    await node.until(() => control.info().chain.topoheight === 20 + STABLE_DEPTH);
    expect(registered(node, key)).toBe(false);
    fake.mine();
    await node.until(() => registered(node, key));
    const { record } = await control.publishTask(codeTask("registered"));
    expect(record.number).toBe(0);
    expect(await control.minerOnChain(key)).toMatchObject({ reputation: 500 });
    expect(control.health().components).toContainEqual({ name: "chain", status: "ok", reason: undefined });
    expect(control.bounds()).toContainEqual({ name: "chain_authors", size: 1, cap: 100_000 });
  });

  it("a task shows whether the chain has it under the id in its record, with the same publisher", async () => {
    const fake = await daemon();
    fake.mine(5);
    const node = await sidecar({ dirPath: await scratchDirectory(), daemon: fake.url });
    const { control } = node.manager;
    const key = control.info().authors[0]?.key ?? "";
    const stranger = "5a".repeat(32);
    for (const one of [key, stranger]) fake.registerMiner(one);
    fake.mine(STABLE_DEPTH + 1);
    await node.until(() => registered(node, key));
    const [own, other] = ["01".repeat(32), "02".repeat(32)];
    fake.submit({ ...TASK_ON_CHAIN, key, taskId: own });
    fake.submit({ ...TASK_ON_CHAIN, key: stranger, taskId: other });
    fake.mine();
    const published = async (chainId: string | undefined) => {
      const draft = { ...codeTask("on the chain"), ...(chainId !== undefined && { chainId }) };
      return (await control.taskDetails((await control.publishTask(draft)).taskId)).chain;
    };
    expect(await published(own)).toMatchObject({ confirmed: true, publisher: key, status: "Active" });
    expect(await published(other)).toMatchObject({ confirmed: false, publisher: stranger });
    expect(await published("77".repeat(32))).toBeUndefined();
    expect(await published(undefined)).toBeUndefined();
  });

  it("the second start succeeds without the daemon, reports it, and recovers when it is back", async () => {
    const fake = await daemon();
    fake.mine(30);
    const dirPath = await scratchDirectory();
    const lines: string[] = [];
    const log = (level: string, text: string): number => lines.push(`${level} ${text}`);
    const first = await sidecar({ dirPath, daemon: fake.url, log });
    const key = first.manager.control.info().authors[0]?.key ?? "";
    fake.registerMiner(key);
    fake.mine(STABLE_DEPTH + 1);
    await first.until(() => registered(first, key));
    await first.stop();
    expect(lines.filter((line) => line === "info the chain is followed")).toHaveLength(1);
    await fake.kill();
    const second = await sidecar({ dirPath, daemon: fake.url, log });
    const { control } = second.manager;
    expect(control.info().chain).toMatchObject({
      place: "remembered",
      topoheight: fake.chain.topoheight - STABLE_DEPTH,
    });
    expect(registered(second, key)).toBe(true);
    expect((await control.publishTask(codeTask("alone"))).record.number).toBe(0);
    const chain = control.health().components.find(({ name }) => name === "chain");
    expect(chain?.status).toBe("degraded");
    expect(chain?.reason).toContain("unreachable");
    await fake.restart();
    fake.mine(3);
    await second.until(() => control.info().chain.trouble === undefined);
    expect(control.info().chain).toMatchObject({ place: "received", topoheight: fake.chain.topoheight });
    expect(lines.filter((line) => line === "info the chain is followed")).toHaveLength(2);
    expect(control.health().components).toContainEqual({ name: "chain", status: "ok", reason: undefined });
  });

  it("a registration is removed by a reorganisation past the stable height that undid it", async () => {
    const fake = await daemon();
    const dirPath = await scratchDirectory();
    const node = await sidecar({ dirPath, daemon: fake.url });
    const key = "5a".repeat(32);
    fake.mine(10);
    fake.registerMiner(key);
    fake.mine(STABLE_DEPTH + 2);
    await node.until(() => registered(node, key));
    const mempoolBefore = fake.chain.mempool.length;
    fake.reorganise(STABLE_DEPTH + 4, { blocks: 1 });
    await node.until(() => !registered(node, key));
    expect(fake.chain.mempool.length).toBeGreaterThanOrEqual(mempoolBefore);
  });

  it("a node is degraded while its registry lacks blocks, also after a restart beside a complete daemon", async () => {
    const [whole, half] = [await daemon({ seed: "one" }), await daemon({ seed: "one" })];
    whole.registerMiner("5a".repeat(32));
    whole.mine(60);
    half.adopt(whole);
    half.prune(30, { half: true });
    const dirPath = await scratchDirectory();
    const first = await sidecar({ dirPath, daemon: half.url });
    await first.until(() => first.manager.control.info().chain.topoheight === 60);
    const faults = ({ manager }: Sidecar) => manager.control.health().faults.map(({ code }) => code);
    expect(faults(first)).toEqual(["pruned"]);
    const chain = first.manager.control.health().components.find(({ name }) => name === "chain");
    expect(chain).toMatchObject({ status: "degraded", reason: expect.stringContaining("the blocks 1 to 29") });
    expect(registered(first, "5a".repeat(32))).toBe(false);
    await first.stop();
    const second = await sidecar({ dirPath, daemon: whole.url });
    await second.until(() => second.manager.control.info().chain.trouble === undefined);
    expect(faults(second)).toEqual(["pruned"]);
    await second.stop();
    // The cure in the text of the fault.
    await rm(join(second.parts.data.path, "registry"));
    const third = await sidecar({ dirPath, daemon: whole.url });
    await third.until(() => registered(third, "5a".repeat(32)));
    expect(faults(third)).toEqual([]);
  });

  it("records of authors that the block stream has not reached are accepted after a look-up", async () => {
    const fake = await daemon();
    fake.mine(20);
    const first = await sidecar({ dirPath: await scratchDirectory(), daemon: fake.url });
    const key = first.manager.control.info().authors[0]?.key ?? "";
    fake.registerMiner(key);
    fake.mine(STABLE_DEPTH + 1);
    await first.until(() => registered(first, key));
    // Only the block stream requests ranges; the second node gets none.
    fake.override("get_blocks_range_by_topoheight", { kind: "error", code: -32004, message: "Invalid range" });
    const second = await sidecar({
      ...{ dirPath: await scratchDirectory(), daemon: fake.url },
      bootstrap: [...first.manager.multiaddrs],
    });
    expect(registered(second, key)).toBe(false);
    await first.manager.control.publishTask(codeTask("unheard of"));
    await second.until(() => registered(second, key));
    expect(second.manager.control.info().chain.topoheight).toBeLessThan(20);
  });

  it("a node notices that a connected peer's registry became equal to its own", async () => {
    const fake = await daemon({ blockMs: 50 });
    const first = await sidecar({ dirPath: await scratchDirectory(), daemon: fake.url });
    const second = await sidecar({
      dirPath: await scratchDirectory(),
      daemon: fake.url,
      bootstrap: [...first.manager.multiaddrs],
    });
    const equal = ({ manager }: Sidecar) => manager.control.peers()[0]?.registryEqual === true;
    await first.until(() => equal(first));
    const key = first.manager.control.info().authors[0]?.key ?? "";
    fake.registerMiner(key);
    for (const node of [first, second]) await node.until(() => registered(node, key) && equal(node));
  });

  it("a node waits for a missing daemon, logs the wait, and can be cancelled", async () => {
    const fake = await daemon();
    fake.mine(3);
    await fake.kill();
    const dirPath = await scratchDirectory();
    let logged: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      logged = resolve;
    });
    const log: Log = (level, text) => {
      if (level === "warn" && text.startsWith("waiting for the daemon")) logged();
    };
    const starting = sidecar({ dirPath, daemon: fake.url, log });
    await waiting;
    await fake.restart();
    expect((await starting).manager.control.info().network).toBe("devnet");

    await fake.kill();
    const broken = new AbortController();
    const never = openSidecar({
      dirPath: await scratchDirectory(),
      daemon: fake.url,
      signal: broken.signal,
      log: () => broken.abort(),
    });
    await expect(never).rejects.toMatchObject({ code: "stopped" });
  });

  it("a node beside a daemon serves the same API as any node", async () => {
    const fake = await daemon();
    const node = await startSidecar({
      dirPath: await scratchDirectory(),
      daemon: fake.url,
      listen: ["/ip4/127.0.0.1/tcp/0"],
      api: { host: "127.0.0.1", port: 0 },
    });
    onTestFinished(() => node.stop());
    expect(node.lines.join("\n")).toMatch(/^registry chain$/m);
    expect((await fetch(`${node.apiUrl}/health`)).status).toBe(200);
  });
});

describe("what a node beside a daemon refuses", () => {
  it("a network other than the daemon's is refused before any file is made", async () => {
    const fake = await daemon({ network: "testnet" });
    const dirPath = await scratchDirectory();
    expect(await refusal({ dirPath, daemon: fake.url, network: "mainnet" })).toBe("wrong_network");
    expect(await readdir(dirPath)).toEqual([]);
    expect(await refusal({ dirPath, daemon: fake.url, network: "testnet" })).toBe("opened");
    expect(await readdir(join(dirPath, "ai"))).toEqual(["testnet"]);
  });

  it("an invalid URL of a daemon is refused", async () => {
    expect(await refusal({ dirPath: await scratchDirectory(), daemon: "ftp://127.0.0.1/" })).toBe("bad_parameters");
  });

  it.each([
    ["everyone on a testnet", "ai", "testnet", { registry: "everyone" }],
    ["the chain where it has no AI mining", "plain", "devnet", { registry: "chain" }],
    ["no registry at all where the chain has none", "plain", "testnet", {}],
    ["a file that is not named", "ai", "devnet", { registry: "file" }],
    ["two registries", "ai", "devnet", { registry: "chain", registryFile: "x" }],
    ["rules of its own on a testnet", "ai", "testnet", { rulesFile: "x" }],
  ] as const)("a node beside a daemon refuses %s", async (_name, profile, network, options) => {
    const fake = await daemon({ profile, network });
    expect(await refusal({ dirPath: await scratchDirectory(), daemon: fake.url, ...options })).toBe("bad_parameters");
  });

  it("a registry other than that of the first start is refused", async () => {
    const fake = await daemon({ profile: "plain" });
    const dirPath = await scratchDirectory();
    const registryFile = join(dirPath, "authors.json");
    await writeFile(registryFile, JSON.stringify({ network: "devnet", authors: [] }));
    const open = (options: Partial<SidecarOptions>) => refusal({ dirPath, daemon: fake.url, ...options });
    expect(await open({})).toBe("opened");
    expect(await open({ registry: "everyone" })).toBe("opened");
    expect(await open({ registry: "chain" })).toBe("storage_foreign");
    const again = openSidecar({ dirPath, daemon: fake.url, registry: "chain" });
    await expect(again).rejects.toThrow('made with the registry "everyone", not "chain"');
    expect(await open({ registryFile })).toBe("storage_foreign");
    // AI mining in a later version of the daemon does not change the registry by itself.
    await fake.restart({ profile: "ai" });
    const node = await sidecar({ dirPath, daemon: fake.url });
    expect(node.manager.control.info().registry.kind).toBe("everyone");
  });

  it("network rules other than those of the first start, and a damaged file of them, are refused", async () => {
    const fake = await daemon();
    const dirPath = await scratchDirectory();
    const rulesFile = join(dirPath, "rules.json");
    expect(await refusal({ dirPath, daemon: fake.url })).toBe("opened");
    await writeFile(rulesFile, JSON.stringify({ windowSeconds: 300 }));
    expect(await refusal({ dirPath, daemon: fake.url, rulesFile })).toBe("storage_foreign");
    await writeFile(join(dirPath, "ai", "dev", "chain.json"), "{");
    expect(await refusal({ dirPath, daemon: fake.url })).toBe("storage_corrupt");
  });
});
