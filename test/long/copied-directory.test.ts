import { cp } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { z } from "zod";
import { infoShape } from "../../src/api/shapes/index.js";
import { baseDirectory, NodeProcess, type RpcAnswer, taskParams } from "../support/node-process.js";

type Info = z.infer<typeof infoShape>;

const infoOf = async (node: NodeProcess): Promise<Info> =>
  infoShape.parse((await node.call("ai_get_network_info")).result);

const publish = (node: NodeProcess): Promise<RpcAnswer> => node.call("ai_publish_task", taskParams("copied"));
const codeOf = ({ error }: RpcAnswer): unknown => (error as { data?: { code?: string } } | undefined)?.data?.code;

it("a copied data directory signs nothing, reports the reason, and its key stays stopped", async () => {
  const { dir } = await baseDirectory();
  const hub = await NodeProcess.start(join(dir, "hub"));
  const toHub = ["--bootstrap", (await infoOf(hub)).multiaddrs[0] as string];
  const made = await NodeProcess.start(join(dir, "first"), ...toHub);
  await made.signal("SIGTERM");
  await cp(join(dir, "first"), join(dir, "copy"), { recursive: true });

  const first = await NodeProcess.start(join(dir, "first"), ...toHub);
  // The hub has a session with the first node before the copy opens one.
  await first.taskPublished(String((await publish(hub)).result?.task_id));
  const copy = await NodeProcess.start(join(dir, "copy"), ...toHub);
  await copy.program.logged("doubled_peer_key");
  const { health } = await infoOf(copy);
  expect(health.faults.find(({ code }) => code === "doubled_peer_key")?.cure).toContain("libp2p.key");
  expect(codeOf(await publish(copy))).toBe("peer_id_in_use");
  expect((await publish(first)).error).toBeUndefined();
  await first.signal("SIGTERM");

  await copy.program.logged("key_used_elsewhere");
  expect((await infoOf(copy)).authors[0]?.stopped?.reason).toBe("key_used_elsewhere");
  expect(codeOf(await publish(copy))).toBe("key_used_elsewhere");
  await copy.signal("SIGTERM");
  const again = await NodeProcess.start(join(dir, "copy"));
  expect(codeOf(await publish(again))).toBe("key_used_elsewhere");
  expect((await infoOf(again)).health.faults.map(({ code }) => code)).toContain("key_used_elsewhere");
}, 180_000);
