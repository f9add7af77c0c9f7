import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStandalone } from "../../src/plugin/standalone-parts.js";
import { openStore } from "../../src/storage/database/open-store.js";
import { recordKey } from "../../src/storage/keys.js";
import { codeTask, LocalNode } from "../support/local-node.js";
import { type Ran, run } from "../support/run-cli.js";
import { makeDirectory } from "../support/scratch.js";

describe("check", () => {
  let directory: Awaited<ReturnType<typeof makeDirectory>>;
  const check = (...more: string[]): Promise<Ran> =>
    run(["check", "--dir-path", directory.path, "--network-name", "e2e", ...more]);
  beforeEach(async () => {
    directory = await makeDirectory();
  });
  afterEach(() => directory.remove());

  it("check passes an undamaged directory, finds damage, and refuses an empty or used directory", async () => {
    expect(await check()).toMatchObject({ code: 5, out: "", err: expect.stringContaining("there is no database") });
    const node = await LocalNode.start(directory.path);
    const { taskId } = await node.control.publishTask(codeTask("whole"));
    expect(await check()).toMatchObject({ code: 75, out: "", err: expect.stringContaining("in use by") });
    await node.stop();

    const whole = await check();
    expect(whole).toMatchObject({ code: 0, err: "" });
    expect(whole.out).toContain("the database is whole");
    const { code, out } = await check("--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, records: 1, tasks: 1, bodies: 1, counts: {}, findings: [] });

    const parts = await openStandalone({ dirPath: directory.path, networkName: "e2e" });
    await parts.close();
    const { engine } = parts.data.format;
    const keys = await openStore(engine, `${parts.data.path}/db`, { createIfMissing: false });
    await keys.write([{ op: "del", family: "records", key: recordKey({ id: taskId, taskId }) }], { sync: true });
    await keys.close();
    const damaged = await check();
    expect(damaged).toMatchObject({ code: 1, err: "" });
    expect(damaged.out).toContain(`1 records that are missing\n      ${taskId}\n`);
    expect(JSON.parse((await check("--json")).out)).toMatchObject({ ok: false, counts: { record_missing: 1 } });
  });
});
