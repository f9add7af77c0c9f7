import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codeTask, LocalNode } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";

describe("neighbours on loopback", () => {
  let directory: Awaited<ReturnType<typeof makeDirectory>>;
  const running: LocalNode[] = [];

  beforeEach(async () => {
    directory = await makeDirectory();
  });

  afterEach(async () => {
    for (const node of running.splice(0)) await node.stop();
    await directory.remove();
  });

  async function start(
    name: string,
    bootstrap: readonly string[] = [],
    taskTypes?: readonly number[],
  ): Promise<LocalNode> {
    const node = await LocalNode.start(`${directory.path}/${name}`, bootstrap, "e2e", taskTypes);
    running.push(node);
    return node;
  }

  it("neighbours keep each other's score terms across a restart", async () => {
    const a = await start("a");
    const b = await start("b", [a.address]);
    await b.until(async ({ peers }) => (peers.call(b.control).length === 1 ? true : undefined));
    const { taskId } = await a.control.publishTask(codeTask("something new"));
    await b.until(async (control) => (control.info().tasks.Published === 1 ? true : undefined));
    const before = await b.until(async (control) => {
      const [peer] = control.peers();
      return peer !== undefined && peer.interactions > 0 && peer.lastChange !== undefined ? peer : undefined;
    });
    expect(before.score.overall).toBeGreaterThan(0.5);
    expect(["useful", "helpful"]).toContain(before.lastChange?.reason);
    expect(before.features).toContain("windows-plain");
    expect(Math.abs(before.connectedSeconds - Date.now() / 1000)).toBeLessThan(60);

    running.splice(running.indexOf(b), 1);
    await b.stop();
    const back = await start("b", [a.address]);
    const after = await back.until(async (control) => control.peers()[0]);
    expect(after.key).toBe(before.key);
    expect(after.interactions).toBeGreaterThanOrEqual(before.interactions);
    expect(after.score.overall).toBeGreaterThan(0.5);
    expect((await back.control.taskDetails(taskId)).view.waitsFor).toBe("submissions");
  });

  it("a node holds the task types of its interest, sends them in hello, and refuses to publish others", async () => {
    const all = await start("all");
    const audits = await start("audits", [all.address], [1]);
    const [peer] = await all.until(async (control) => (control.peers().length === 1 ? control.peers() : undefined));
    expect(peer?.interests).toEqual(["010000"]);
    expect(audits.control.info().sync.strands.map(({ strand }) => strand)).toEqual(["010000"]);
    await expect(audits.control.publishTask(codeTask("not mine"))).rejects.toMatchObject({ code: "type_not_held" });
    await all.control.publishTask(codeTask("code"));
    const audit = { type: "SecurityAudit", scope: "SmartContract", standards: [] } as const;
    const { taskId } = await all.control.publishTask({ ...codeTask("audit"), detail: audit });
    await audits.until(async (control) => control.taskDetails(taskId).catch(() => undefined));
    expect(audits.control.info().records).toBe(1);
  });
});
