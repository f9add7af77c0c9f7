import { join } from "node:path";
import { it, onTestFinished } from "vitest";
import { codeTask, LocalNode } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";

const DAY_MS = 86_400_000;

it("after a clock jumped ahead by months and back, the node fetches the dropped records again", async () => {
  const directory = await makeDirectory();
  onTestFinished(directory.remove);
  let jumpMs = 0;
  const publisher = await LocalNode.start(join(directory.path, "publisher"));
  onTestFinished(() => publisher.stop());
  const { taskId } = await publisher.control.publishTask(codeTask("kept"));
  const node = await LocalNode.start(
    join(directory.path, "node"),
    [publisher.address],
    "e2e",
    [0, 1, 2, 3, 4, 5],
    () => Date.now() + jumpMs,
  );
  onTestFinished(() => node.stop());
  await node.until((control) => control.taskDetails(taskId).catch(() => undefined));
  jumpMs = 90 * DAY_MS;
  await node.until((control) =>
    control
      .taskDetails(taskId)
      .then(() => undefined)
      .catch(() => true),
  );
  jumpMs = 0;
  await node.until((control) => control.taskDetails(taskId).catch(() => undefined));
  await node.until(async (control) => (control.info().sync.inSync ? true : undefined));
});
