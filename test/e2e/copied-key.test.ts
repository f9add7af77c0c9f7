import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerTo, codeTask, LocalNode, temporaryDirectory } from "./local-node.js";

const keysOf = (dirPath: string): string => join(dirPath, "ai", "dev", "keys");

describe("an author key whose signing log does not know all that it signed", { timeout: 60_000 }, () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  const nodes: LocalNode[] = [];
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
    await directory.remove();
  });

  async function start(name: string, ...bootstrap: LocalNode[]): Promise<LocalNode> {
    const node = await LocalNode.start(
      join(directory.path, name),
      bootstrap.map(({ address }) => address),
    );
    nodes.push(node);
    return node;
  }

  it("takes the next number after what peers bring of its own records", async () => {
    const first = await start("first");
    await first.stop();
    await cp(
      join(keysOf(join(directory.path, "first")), "default"),
      join(keysOf(join(directory.path, "second")), "default"),
      {
        recursive: true,
      },
    );
    const signer = await start("first");
    const copy = await start("second", signer);
    expect(copy.control.info().authors[0]?.key).toBe(signer.control.info().authors[0]?.key);
    const one = await signer.control.publishTask(codeTask("one"));
    await copy.until((control) => control.taskDetails(one.taskId).catch(() => undefined));
    const two = await copy.control.publishTask(codeTask("two"));
    expect([one.record.number, two.record.number]).toEqual([0, 1]);
    const { view } = await signer.until((control) => control.taskDetails(two.taskId).catch(() => undefined));
    expect(view.status).toBe("Published");
  });

  it("takes the next number after what its own set holds, and says nothing twice, when the log is an older copy", async () => {
    const publisher = await start("publisher");
    const { taskId } = await publisher.control.publishTask(codeTask("one"));
    const before = await start("miner", publisher);
    await before.until((control) => control.taskDetails(taskId).catch(() => undefined));
    await before.stop();
    const log = join(keysOf(join(directory.path, "miner")), "default", "signing.log");
    await cp(log, `${log}.old`);
    const miner = await start("miner", publisher);
    const { record } = await miner.control.submitSolution(answerTo(taskId, "first answer"));
    const task = await miner.control.publishTask(codeTask("two"));
    await miner.stop();
    await rm(log);
    await cp(`${log}.old`, log);
    const again = await start("miner", publisher);
    await expect(again.control.submitSolution(answerTo(taskId, "second answer"))).rejects.toMatchObject({
      code: "subject_used",
      message: expect.stringContaining("has already submitted"),
    });
    expect((await again.control.publishTask(codeTask("three"))).record.number).toBe(task.record.number + 1);
    expect((await again.control.submission(record.id)).counted.id).toBe(record.id);
  });
});
