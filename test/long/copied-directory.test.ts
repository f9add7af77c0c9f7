import { cp } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import type { z } from "zod";
import { infoShape } from "../../src/cli/show/answers.js";
import { baseDirectory, NodeProcess, type RpcAnswer, taskParams } from "../support/node-process.js";

type Info = z.infer<typeof infoShape>;

const infoOf = async (node: NodeProcess): Promise<Info> =>
  infoShape.parse((await node.call("ai_get_network_info")).result);

async function until(node: NodeProcess, holds: (info: Info) => boolean): Promise<Info> {
  for (;;) {
    const info = await infoOf(node);
    if (holds(info)) return info;
    await pause(100);
  }
}

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
  await until(first, ({ peers }) => peers > 0);
  const copy = await NodeProcess.start(join(dir, "copy"), ...toHub);
  const { health } = await until(copy, ({ health: { faults } }) =>
    faults.some(({ code }) => code === "doubled_peer_key"),
  );
  expect(health.faults.find(({ code }) => code === "doubled_peer_key")?.cure).toContain("libp2p.key");
  expect(codeOf(await publish(copy))).toBe("peer_id_in_use");
  expect((await publish(first)).error).toBeUndefined();
  await first.signal("SIGTERM");

  const stopped = ({ authors }: Info): boolean => authors[0]?.stopped?.reason === "key_used_elsewhere";
  await until(copy, stopped);
  expect(codeOf(await publish(copy))).toBe("key_used_elsewhere");
  await copy.signal("SIGTERM");
  const again = await NodeProcess.start(join(dir, "copy"));
  expect(codeOf(await publish(again))).toBe("key_used_elsewhere");
  expect((await infoOf(again)).health.faults.map(({ code }) => code)).toContain("key_used_elsewhere");
}, 60_000);
