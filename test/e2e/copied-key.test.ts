import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { NodeControl } from "../../src/api/control.js";
import { readSigningState, writeSigningState } from "../../src/storage/signing/signing-state.js";
import { answerTo, codeTask, type LocalNode } from "../support/local-node.js";
import { localNodes } from "../support/local-nodes.js";

const keysOf = (dirPath: string): string => join(dirPath, "ai", "dev", "keys");

/** The node's first author key, once it is stopped for this reason. */
const stoppedFor = (reason: string) => async (control: NodeControl) => {
  const [author] = control.info().authors;
  return author?.stopped?.reason === reason ? author : undefined;
};

describe("an author key whose signing log lacks some of its records", () => {
  const { directoryOf, start, copyKey } = localNodes();

  /** Two connected nodes with the same author key. */
  async function doubled(): Promise<readonly [signer: LocalNode, copy: LocalNode]> {
    await copyKey();
    const signer = await start("first");
    const copy = await start("second", signer);
    expect(copy.control.info().authors[0]?.key).toBe(signer.control.info().authors[0]?.key);
    await copy.until(async (control) => (control.info().peerCount > 0 ? true : undefined));
    return [signer, copy];
  }

  it("an author key that another node uses stops before an equivocation; the other node still signs", async () => {
    const [signer, copy] = await doubled();
    const one = await signer.control.publishTask(codeTask("one"));
    await copy.until((control) => control.taskDetails(one.taskId).catch(() => undefined));
    await copy.until(stoppedFor("key_used_elsewhere"));
    await expect(copy.control.publishTask(codeTask("two"))).rejects.toMatchObject({
      code: "key_used_elsewhere",
      details: { record: one.record.id },
    });
    expect(copy.control.health().components).toContainEqual(
      expect.objectContaining({
        name: "signing",
        status: "failed",
        reason: expect.stringContaining("no longer signs"),
      }),
    );
    const two = await signer.control.publishTask(codeTask("two"));
    expect([signer.control.info().authors[0]?.stopped, two.record.number]).toEqual([undefined, 1]);
  });

  it("an author key that two nodes used at once stops on both, and stays stopped without the database", async () => {
    // Each signs before it has a peer: a node that knows one would learn of the other's record first.
    await copyKey();
    const alone = await start("second");
    await alone.control.publishTask(codeTask("other"));
    await alone.stop();
    const signer = await start("first");
    await signer.control.publishTask(codeTask("one"));
    const copy = await start("second", signer);
    await signer.until(stoppedFor("key_equivocated"));
    await copy.until(stoppedFor("key_equivocated"));
    await expect(signer.control.publishTask(codeTask("three"))).rejects.toMatchObject({ code: "key_equivocated" });
    await copy.stop();
    await signer.stop();
    // The proof expires with its day; the key stays stopped.
    await rm(join(directoryOf("first"), "ai", "dev", "db"), { recursive: true });
    const again = await start("first");
    await expect(again.control.publishTask(codeTask("four"))).rejects.toMatchObject({
      code: "key_equivocated",
      message: expect.stringContaining("key new"),
    });
    // When only the set holds the proof, the set stops the key.
    await rm(join(keysOf(directoryOf("second")), "default", "signing-state.json"));
    const other = await start("second");
    await other.until(stoppedFor("key_equivocated"));
  });

  it("an author key with an older copy of its log stops, and signs the next day after a confirmation", async () => {
    const publisher = await start("publisher");
    const { taskId } = await publisher.control.publishTask(codeTask("one"));
    const before = await start("miner", publisher);
    await before.until((control) => control.taskDetails(taskId).catch(() => undefined));
    await before.stop();
    const key = join(keysOf(directoryOf("miner")), "default");
    const log = join(key, "signing.log");
    await cp(log, `${log}.old`);
    const miner = await start("miner", publisher);
    await miner.control.submitSolution(answerTo(taskId, "first answer"));
    await miner.stop();
    await rm(log);
    await cp(`${log}.old`, log);
    const again = await start("miner", publisher);
    await expect(again.control.submitSolution(answerTo(taskId, "second answer"))).rejects.toMatchObject({
      code: "key_used_elsewhere",
      message: expect.stringContaining("key resume"),
    });
    await again.stop();
    expect(await readSigningState(key)).toMatchObject({ kind: "stopped" });
    const tomorrow = Math.floor(Date.now() / 86_400_000) + 1;
    await writeSigningState(key, { kind: "resumed", atSeconds: 0, firstDay: tomorrow });
    const resumed = await start("miner", publisher);
    await expect(resumed.control.submitSolution(answerTo(taskId, "second answer"))).rejects.toMatchObject({
      code: "already_submitted",
    });
    await expect(resumed.control.publishTask(codeTask("two"))).rejects.toMatchObject({
      code: "store_missing",
      details: { signs_again_at: tomorrow * 86_400 },
    });
  });

  it("a copied data directory signs nothing without peers, and stops when it learns of the original", async () => {
    const hub = await start("hub");
    const made = await start("first", hub);
    await made.stop();
    await cp(directoryOf("first"), directoryOf("copy"), { recursive: true });
    const first = await start("first", hub);
    await first.until(async (control) => (control.info().peerCount > 0 ? true : undefined));
    const copy = await start("copy", hub);
    await copy.until(async (control) =>
      control.health().faults.some(({ code }) => code === "doubled_peer_key") ? true : undefined,
    );
    await expect(copy.control.publishTask(codeTask("unheard"))).rejects.toMatchObject({
      code: "peer_id_in_use",
      message: expect.stringContaining("libp2p.key"),
    });
    const { taskId } = await first.control.publishTask(codeTask("heard"));
    await hub.until((control) => control.taskDetails(taskId).catch(() => undefined));
    await first.stop();
    await copy.until(stoppedFor("key_used_elsewhere"));
    expect(copy.control.health().faults.some(({ code }) => code === "doubled_peer_key")).toBe(false);
  });
});
