import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AINetworkSyncManager } from "../../src/manager/network-sync-manager.js";
import { openStandalone } from "../../src/plugin/standalone-parts.js";
import { codeTask } from "../support/local-node.js";
import { scratchDirectory } from "../support/scratch.js";

it("an author that the registry file does not list is refused before a number is used", async () => {
  const dirPath = await scratchDirectory();
  const registryFile = join(dirPath, "registry.json");
  const start = async (authors: readonly string[]) => {
    const listed = authors.map((key) => ({ key, weight: 1 }));
    await writeFile(registryFile, JSON.stringify({ network: "devnet", authors: listed }));
    const parts = await openStandalone({ dirPath, registryFile, listen: ["/ip4/127.0.0.1/tcp/0"] });
    const manager = new AINetworkSyncManager(parts.options);
    await manager.start();
    const stop = async (): Promise<void> => {
      await manager.stop();
      await parts.close();
    };
    return { control: manager.control, stop };
  };
  const before = await start([]);
  const key = before.control.info().authors[0]?.key ?? "";
  await expect(before.control.publishTask(codeTask("too early"))).rejects.toMatchObject({ code: "unknown_author" });
  await before.stop();
  const after = await start([key]);
  expect((await after.control.publishTask(codeTask("listed"))).record.number).toBe(0);
  expect(after.control.info().records).toBe(1);
  await after.stop();
});
