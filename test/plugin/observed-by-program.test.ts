import pino from "pino";
import { Registry } from "prom-client";
import { expect, it, onTestFinished } from "vitest";
import { AINetworkSyncManager, openStandalone, startStandalone } from "../../src/index.js";
import { scratchDirectory } from "../support/scratch.js";

const LISTEN = ["/ip4/127.0.0.1/tcp/0"];
const API = { host: "127.0.0.1", port: 0 };

it("a program's registry has the metrics of its node, read at each scrape, with and without the API", async () => {
  for (const isServed of [false, true]) {
    const metricsRegistry = new Registry();
    const options = { dirPath: `${await scratchDirectory()}/`, listen: LISTEN, metricsRegistry };
    let stop: () => Promise<void>;
    if (isServed) {
      const node = await startStandalone({ ...options, api: API });
      stop = () => node.stop();
    } else {
      const parts = await openStandalone(options);
      const manager = new AINetworkSyncManager(parts.options);
      await manager.start();
      stop = async () => {
        await manager.stop();
        await parts.close();
      };
    }
    const uptime = async () => Number(/^tos_ai_sync_uptime_seconds (\d+)$/m.exec(await metricsRegistry.metrics())?.[1]);
    expect(await metricsRegistry.metrics()).toMatch(/^tos_ai_sync_info\{version="[^"]+",network="devnet",kernel=/m);
    await expect.poll(uptime).toBeGreaterThan(0);
    await stop();
    // A scrape of a program whose node has stopped still answers.
    expect(await metricsRegistry.metrics()).toContain("tos_ai_sync_records 0");
  }
});

it("a second node with the same registry, and an object that is none, are refused by the name of the option", async () => {
  const metricsRegistry = new Registry();
  const node = await startStandalone({
    dirPath: `${await scratchDirectory()}/`,
    listen: LISTEN,
    api: API,
    metricsRegistry,
  });
  onTestFinished(() => node.stop());
  const second = { dirPath: `${await scratchDirectory()}/`, listen: LISTEN, api: API, metricsRegistry };
  await expect(startStandalone(second)).rejects.toMatchObject({ code: "bad_parameters" });
  await expect(openStandalone(second)).rejects.toThrow(/there is no option "api"/);
  const wrong: unknown = { ...second, metricsRegistry: {} };
  await expect(startStandalone(wrong as typeof second)).rejects.toThrow(/metricsRegistry: expected a registry/);
});

it("a logger of pino's shape gets the lines of the node with their fields", async () => {
  const lines: { readonly level: number; readonly msg: string }[] = [];
  const log = pino({ level: "debug" }, { write: (line) => lines.push(JSON.parse(line)) });
  const node = await startStandalone({
    dirPath: `${await scratchDirectory()}/`,
    listen: LISTEN,
    bootstrap: ["/ip4/192.0.2.1/tcp/1"],
    api: API,
    log,
  });
  await expect.poll(() => lines.length).toBeGreaterThan(0);
  await node.stop();
  expect(lines.every(({ level, msg }) => [20, 30, 40, 50].includes(level) && msg.length > 0)).toBe(true);
});
