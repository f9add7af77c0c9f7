import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStandalone } from "../../src/plugin/standalone-parts.js";
import { recordKey } from "../../src/storage/keys.js";
import { codeTask, LocalNode, temporaryDirectory } from "./local-node.js";

describe("a node whose stored records are damaged", { timeout: 60_000 }, () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory.remove());

  it("does not believe it holds them, and gets them again from a peer", async () => {
    const dirPath = `${directory.path}/node`;
    const peer = await LocalNode.start(`${directory.path}/peer`);
    const node = await LocalNode.start(dirPath, [peer.address]);
    const ids: string[] = [];
    for (const name of ["whole", "damaged", "missing"]) {
      const { taskId } = await peer.control.publishTask(codeTask(name));
      await node.until(async (control) => (await control.taskDetails(taskId).catch(() => undefined))?.body);
      ids.push(taskId);
    }
    await node.stop();
    const [whole = "", damaged = "", missing = ""] = ids;
    const parts = await openStandalone({ dirPath, networkName: "e2e" });
    const [envelope] = await parts.options.store.records([damaged]);
    const value = envelope?.slice() ?? new Uint8Array(0);
    value[60] = (value[60] as number) ^ 1;
    const family = "records";
    await parts.data.store.write(
      [
        { op: "put", family, key: recordKey(damaged), value },
        { op: "del", family, key: recordKey(missing) },
      ],
      { sync: true },
    );
    await parts.close();

    const alone = await LocalNode.start(dirPath);
    expect(alone.control.info()).toMatchObject({ records: 1, damagedValues: 1 });
    expect((await alone.control.taskDetails(whole)).view.status).toBe("Published");
    await alone.stop();
    const again = await LocalNode.start(dirPath, [peer.address]);
    await again.until(async (control) => (control.info().records === 3 ? true : undefined));
    const at = Math.floor(Date.now() / 60_000) * 60;
    expect((await again.control.stateDigest(at)).digest).toBe((await peer.control.stateDigest(at)).digest);
    await again.stop();
    await peer.stop();
  });
});
