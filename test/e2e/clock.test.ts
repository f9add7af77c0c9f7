import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ClockReport } from "../../src/api/control.js";
import { codeTask, LocalNode } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";

const HOUR_MS = 3_600_000;

describe("a node whose clock differs from its peers' clocks", () => {
  let directory: Awaited<ReturnType<typeof makeDirectory>>;
  const nodes: LocalNode[] = [];
  beforeEach(async () => {
    directory = await makeDirectory();
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
    await directory.remove();
  });

  async function start(name: string, nowMs: () => number, ...bootstrap: LocalNode[]): Promise<LocalNode> {
    const addresses = bootstrap.map(({ address }) => address);
    const node = await LocalNode.start(join(directory.path, name), addresses, "e2e", [0], nowMs);
    nodes.push(node);
    return node;
  }

  /** A node and three peers whose clocks differ from its own. */
  async function among(ownMs: () => number, peerMs: () => number): Promise<readonly [LocalNode, ...LocalNode[]]> {
    const peers = [await start("a", peerMs), await start("b", peerMs), await start("c", peerMs)];
    return [await start("own", ownMs, ...peers), ...peers];
  }

  const clockOf = (node: LocalNode, level: ClockReport["level"]): Promise<ClockReport> =>
    node.until(async (control) => {
      const { clock } = control.info();
      return clock.level === level ? clock : undefined;
    });

  it("a node with a fast clock is degraded, warns of its records, and later shows when its key signs", async () => {
    let aheadMs = HOUR_MS;
    const [node, peer] = await among(
      () => Date.now() + aheadMs,
      () => Date.now(),
    );
    const { offsetMs = 0, clocks } = await clockOf(node, "degraded");
    expect([Math.round(offsetMs / 10_000), clocks]).toEqual([HOUR_MS / 10_000, 3]);
    expect(node.control.health()).toMatchObject({ status: "degraded" });
    const { record, warning } = await node.control.publishTask(codeTask("from the future"));
    expect(warning).toContain("set it back by 3600 s");
    aheadMs = 0;
    await clockOf(node, "ok");
    const refused = node.control.publishTask(codeTask("from now"));
    await expect(refused).rejects.toMatchObject({
      code: "clock_behind",
      message: expect.stringContaining("signs again at"),
      details: { signs_again_at: record.timestampSeconds - 60 },
    });
    expect(node.control.health().faults).toContainEqual(
      expect.objectContaining({ component: "signing", code: "key_waits" }),
    );
    expect(peer?.control.info().clock.level).not.toBe("degraded");
  });

  it("a node with a correct clock among lying peers warns, and its record reaches them", async () => {
    const [node, ...liars] = await among(Date.now, () => Date.now() + HOUR_MS);
    await clockOf(node, "degraded");
    const { record, taskId, warning } = await node.control.publishTask(codeTask("on time"));
    expect(Math.abs(record.timestampSeconds - Date.now() / 1000)).toBeLessThan(30);
    expect(warning).toContain("3600 s behind");
    await liars[0]?.until((control) => control.taskDetails(taskId).catch(() => undefined));
  });

  it("a node whose clock is before the release of this program signs nothing and shows the cure", async () => {
    const node = await start("own", () => 86_400_000);
    await expect(node.control.publishTask(codeTask("in 1970"))).rejects.toMatchObject({
      code: "clock_behind",
      message: expect.stringContaining("1970-01-02"),
    });
    expect(node.control.health()).toMatchObject({ status: "failed" });
  });
});
