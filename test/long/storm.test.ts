import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { blake3Of } from "../../src/kernel/index.js";
import { networkIdentity } from "../../src/plugin/network-identity.js";
import { decodeEnvelope } from "../../src/protocol/envelope.js";
import { slotKey } from "../../src/protocol/membership.js";
import { openDataDirectory } from "../../src/storage/directory/data-directory.js";
import { DiskRecordStore } from "../../src/storage/records/record-store.js";
import { kernel } from "../attacks/forge.js";
import { baseDirectory, NodeProcess, taskParams } from "../support/node-process.js";

/** Concurrent callers, and the time after which the node is killed while they publish. */
const LANES = 12;
const KILL_AFTER = [25, 60];
const QUOTA = 2000;

/** Publishes under new idempotency keys until the node is killed. Returns the answered ids by key. */
async function storm(node: NodeProcess, round: number, killAfter: number): Promise<Map<string, string>> {
  const answered = new Map<string, string>();
  const tried = new Set<string>();
  const lane = async (number: number): Promise<void> => {
    for (let i = 0; ; i++) {
      const key = `r${round}-l${number}-${i}`;
      tried.add(key);
      const answer = await node.call("ai_publish_task", taskParams(key, key)).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.error).toBeUndefined();
      answered.set(key, String(answer.result?.task_id));
      if (answered.size === killAfter) node.program.child.kill("SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  await node.program.ended;
  expect(tried.size).toBeGreaterThan(answered.size);
  for (const key of tried) if (!answered.has(key)) answered.set(key, "");
  return answered;
}

it("a node that is killed while it publishes loses no acknowledged record and signs no slot twice", async () => {
  const { dir } = await baseDirectory();
  const rulesFile = join(dir, "rules.json");
  await writeFile(rulesFile, JSON.stringify({ quotas: [QUOTA, 256, 4096] }));
  const start = (): Promise<NodeProcess> => NodeProcess.start(dir, "--rules-file", rulesFile);
  const known = new Map<string, string>();
  for (const [round, killAfter] of KILL_AFTER.entries()) {
    for (const [key, id] of await storm(await start(), round, killAfter)) known.set(key, id);
    const again = await start();
    for (const [key, id] of known) {
      if (id !== "") expect((await again.call("ai_get_task_details", { task_id: id })).error, key).toBeUndefined();
      const { result, error } = await again.call("ai_publish_task", taskParams(key, key));
      expect(error, key).toBeUndefined();
      // An unanswered request may have been signed or not; from now on its key has one id.
      if (id === "") known.set(key, String(result?.task_id));
      else expect(result, key).toMatchObject({ task_id: id, duplicate: true });
    }
    expect((await again.signal("SIGTERM")).code).toBe(0);
  }
  expect(new Set(known.values()).size).toBe(known.size);
  const slots = await slotsOnDisk(dir, rulesFile);
  expect(slots).toHaveLength(known.size);
  expect(new Set(slots).size).toBe(slots.length);
});

/** The slot of every stored record, from its envelope. */
async function slotsOnDisk(dir: string, rulesFile: string): Promise<string[]> {
  const choice = { network: "devnet", rulesFile } as const;
  const { network, genesis, rules } = await networkIdentity(blake3Of(kernel), choice);
  const directory = await openDataDirectory({ dir, network, genesis, nowMs: Date.now() });
  const store = new DiskRecordStore(directory.store);
  const slots: string[] = [];
  for await (const { entry, envelope } of store.members()) {
    const { author, strand } = entry;
    const decoded = decodeEnvelope(envelope, { network, payloadLimits: rules.payloadLimits });
    if (!decoded.ok) throw new Error(`a stored envelope can't be read: ${decoded.code}`);
    slots.push(slotKey(author, decoded.value, strand));
  }
  await directory.close();
  return slots;
}
