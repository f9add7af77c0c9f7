import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerTo, codeTask, LocalNode, scoreOf } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";

/** The start of the present minute: the time T of the digest for all nodes. */
const minute = (): number => Math.floor(Date.now() / 60_000) * 60;

describe("nodes on loopback", () => {
  let directory: Awaited<ReturnType<typeof makeDirectory>>;
  let nodes: LocalNode[] = [];

  beforeEach(async () => {
    directory = await makeDirectory();
    nodes = [];
  });

  afterEach(async () => {
    for (const node of nodes) await node.stop();
    await directory.remove();
  });

  async function start(name: string, ...bootstrap: LocalNode[]): Promise<LocalNode> {
    const node = await LocalNode.start(
      `${directory.path}/${name}`,
      bootstrap.map(({ address }) => address),
    );
    nodes.push(node);
    return node;
  }

  async function stop(node: LocalNode): Promise<void> {
    nodes = nodes.filter((other) => other !== node);
    await node.stop();
  }

  async function agree(at: number): Promise<string> {
    const [first, ...others] = nodes as [LocalNode, ...LocalNode[]];
    const { digest } = await first.control.stateDigest(at);
    for (const node of others) {
      await node.until(async (control) => ((await control.stateDigest(at)).digest === digest ? true : undefined));
    }
    return digest;
  }

  it("two nodes agree on a task, its submission with its body, and its verdict", async () => {
    const publisher = await start("publisher");
    const miner = await start("miner", publisher);
    const validator = await start("validator", publisher);
    const { taskId } = await publisher.control.publishTask(codeTask("agree"));

    await miner.until((control) => control.taskDetails(taskId).catch(() => undefined));
    const { record } = await miner.control.submitSolution(answerTo(taskId, "it loops for ever"));

    const seen = await validator.until(async (control) => {
      const details = await control.submission(record.id).catch(() => undefined);
      return details?.body === undefined ? undefined : details;
    });
    expect(new TextDecoder().decode(seen.body?.answer)).toBe("it loops for ever");
    await validator.control.validateSubmission(scoreOf(record.id, 80));
    const second = await start("second", validator);
    await second.until((control) => control.submission(record.id).catch(() => undefined));
    await second.control.validateSubmission(scoreOf(record.id, 90));

    const verdict = await publisher.until(async (control) => {
      const { counted } = await control.submission(record.id);
      return counted.verdict.n === 2 ? counted.verdict : undefined;
    });
    expect(verdict).toMatchObject({ n: 2, sum: 170, sumOfSquares: 14_500, reached: true });
    expect(await agree(minute())).toMatch(/^[0-9a-f]{64}$/);
  });

  it("a node that joins late gets a record from a node that is not its author", async () => {
    const publisher = await start("publisher");
    const holder = await start("keeper", publisher);
    const { taskId } = await publisher.control.publishTask(codeTask("outlives its publisher"));
    await holder.until(async (control) => (await control.taskDetails(taskId).catch(() => undefined))?.body);
    await stop(publisher);
    const late = await start("late", holder);
    const body = await late.until(async (control) => (await control.taskDetails(taskId).catch(() => undefined))?.body);
    expect(body.description).toBe("outlives its publisher");
    await agree(minute());
  });

  it("a node keeps its records across a restart and fetches those that it missed", async () => {
    const first = await start("first");
    const second = await start("second", first);
    const before = await first.control.publishTask(codeTask("before"));
    await second.until(async (control) => (await control.taskDetails(before.taskId).catch(() => undefined))?.body);
    await stop(second);
    const during = await first.control.publishTask(codeTask("during"));
    const again = await start("second", first);
    expect((await again.control.taskDetails(before.taskId)).body?.description).toBe("before");
    await again.until(async (control) => (await control.taskDetails(during.taskId).catch(() => undefined))?.body);
    await agree(minute());
  });

  it("nodes agree that only the publisher cancels a task", async () => {
    const publisher = await start("publisher");
    const other = await start("other", publisher);
    const { taskId } = await publisher.control.publishTask(codeTask("never mind"));
    await other.until((control) => control.taskDetails(taskId).catch(() => undefined));
    const cancel = { author: undefined, idempotencyKey: undefined, taskId };
    await expect(other.control.cancelTask(cancel)).rejects.toMatchObject({ code: "not_publisher" });
    await publisher.control.cancelTask(cancel);
    await other.until(async (control) => {
      const { view } = await control.taskDetails(taskId);
      return view.status === "Cancelled" ? view : undefined;
    });
    await agree(minute());
  });

  it("nodes of networks with different names refuse each other", async () => {
    const here = await start("here");
    const there = await LocalNode.start(`${directory.path}/there`, [here.address], "elsewhere");
    nodes.push(there);
    const { taskId } = await here.control.publishTask(codeTask("only here"));
    await expect(there.control.taskDetails(taskId)).rejects.toMatchObject({ code: "not_found" });
    expect(there.control.info().peerCount).toBe(0);
  });

  it("a repeated publish returns the first record, and different content under the same key is refused", async () => {
    const node = await start("node");
    const draft = { ...codeTask("once"), idempotencyKey: "k1" };
    const first = await node.control.publishTask(draft);
    const second = await node.control.publishTask(draft);
    expect(second).toMatchObject({ taskId: first.taskId, duplicate: true });
    const other = { ...codeTask("other"), idempotencyKey: "k1" };
    await expect(node.control.publishTask(other)).rejects.toMatchObject({ code: "bad_parameters" });
  });
});
