import { describe, expect, it } from "vitest";
import type { NodeControl } from "../../src/api/control.js";
import { codeTask } from "../support/local-node.js";
import { localNodes } from "../support/local-nodes.js";

const equivocated = async (control: NodeControl): Promise<true | undefined> =>
  control.info().authors[0]?.stopped?.reason === "key_equivocated" ? true : undefined;

describe("one author key on two nodes", () => {
  const { start, copyKey } = localNodes();

  it("an author key stops on both nodes that started in one second and signed before they were connected", async () => {
    await copyKey();
    const [first, second] = await Promise.all([start("first"), start("second")]);
    await Promise.all([first.control.publishTask(codeTask("one")), second.control.publishTask(codeTask("other"))]);
    await start("hub", first, second);
    await Promise.all([first.until(equivocated), second.until(equivocated)]);
  });

  it("an author key stops at the next start if the proof was made while the node was down", async () => {
    await copyKey();
    const hub = await start("hub");
    const first = await start("first", hub);
    const one = await first.control.publishTask(codeTask("one"));
    await hub.until((control) => control.taskDetails(one.taskId).catch(() => undefined));
    await first.stop();
    // The copy signs before it has a peer, and then sends its record to the hub, which makes the proof.
    const alone = await start("second");
    const other = await alone.control.publishTask(codeTask("other"));
    await alone.stop();
    const second = await start("second", hub);
    await second.until(equivocated);
    // The second node may have the proof before it has sent its own record.
    await hub.until((control) => control.taskDetails(other.taskId).catch(() => undefined));
    await second.stop();
    const again = await start("first", hub);
    await again.until(equivocated);
    await expect(again.control.publishTask(codeTask("three"))).rejects.toMatchObject({ code: "key_equivocated" });
  });

  it("an author key stops on both nodes when one restarts while the other publishes", async () => {
    await copyKey();
    const hub = await start("hub");
    const first = await start("first", hub);
    await first.until(async (control) => (control.info().peerCount > 0 ? true : undefined));
    const starting = start("second", hub);
    for (let i = 0; i < 5; i++) await first.control.publishTask(codeTask(`of the first ${i}`)).catch(() => undefined);
    const second = await starting;
    // The second node stops before it signs if it knows the first record by now, otherwise at the proof.
    const published = await second.control.publishTask(codeTask("of the second")).then(
      () => true,
      () => false,
    );
    await second.until(async (control) => (control.info().authors[0]?.stopped === undefined ? undefined : true));
    if (published) await first.until(equivocated);
    else expect(first.control.info().authors[0]?.stopped).toBeUndefined();
  });
});
