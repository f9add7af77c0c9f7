import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerTo, codeTask, LocalNode, scoreOf } from "../support/local-node.js";
import { run } from "../support/run-cli.js";
import { makeDirectory } from "../support/scratch.js";

const NETWORK = "voters";
const TYPES = [0, 1, 2, 3, 4, 5];
const VALIDATORS = ["v1", "v2", "v3", "v4"];
/** Short times, so that a vote ends soon after the start has listened for its own key. */
const RULES = {
  validationWindowSeconds: 3,
  startWaitSeconds: 1,
  quietSeconds: 2,
  roundSeconds: 1,
  roundMaxSeconds: 10,
};

describe("validators on loopback", () => {
  let directory: Awaited<ReturnType<typeof makeDirectory>>;
  const nodes: LocalNode[] = [];

  beforeEach(async () => {
    directory = await makeDirectory();
  });

  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
    await directory.remove();
  });

  const pathOf = (name: string): string => join(directory.path, name);

  async function start(name: string, files: { rosterFile?: string; rulesFile: string }): Promise<LocalNode> {
    const bootstrap = nodes.map(({ address }) => address);
    const node = await LocalNode.start(pathOf(name), bootstrap, NETWORK, TYPES, Date.now, files);
    nodes.push(node);
    return node;
  }

  /** The author key of a node, which it makes at its first start. */
  async function keyOf(name: string, rulesFile: string): Promise<string> {
    const node = await start(name, { rulesFile });
    const key = node.control.info().authors[0]?.key as string;
    nodes.pop();
    await node.stop();
    return key;
  }

  test("certify a submission by themselves, and anyone can check the certificate", async () => {
    const rulesFile = pathOf("rules.json");
    await writeFile(rulesFile, JSON.stringify(RULES));
    const members = [];
    for (const name of VALIDATORS) members.push({ key: await keyOf(name, rulesFile), weight: 10 });
    const rosterFile = pathOf("roster.json");
    await writeFile(rosterFile, JSON.stringify({ network: "devnet", rosters: [{ from_day: 0, members }] }));
    const files = { rulesFile, rosterFile };

    const publisher = await start("publisher", files);
    const miner = await start("miner", files);
    const validators: LocalNode[] = [];
    for (const name of VALIDATORS) validators.push(await start(name, files));
    const { taskId } = await publisher.control.publishTask(codeTask("certify"));
    await miner.until((control) => control.taskDetails(taskId).catch(() => undefined));
    const { record } = await miner.control.submitSolution(answerTo(taskId, "it halts"));
    for (const [i, node] of validators.slice(0, 3).entries()) {
      await node.until((control) => control.submission(record.id).catch(() => undefined));
      await node.control.validateSubmission(scoreOf(record.id, 80 + i));
    }

    const certified = await publisher.until(async (control) => {
      const { view } = await control.taskDetails(taskId);
      return view.certified[0];
    });
    expect(certified).toMatchObject({ submissionId: record.id, reached: true, n: 3, sum: 243 });
    for (const node of nodes) {
      const view = await node.until(async (control) => {
        const details = await control.taskDetails(taskId);
        return details.view.final ? details.view : undefined;
      });
      expect(view).toMatchObject({ status: "Completed", certified: [{ value: certified.value }], contested: [] });
      const events = await node.control.eventsAfter(0, 1000);
      const completed = events.filter(
        ({ event, body }) => event === "task_status_changed" && "final" in body && body.final,
      );
      expect(completed).toHaveLength(1);
      expect(events.filter(({ event }) => event === "submission_certified")).toHaveLength(1);
    }

    expect(await publisher.control.rewards(taskId)).toEqual({ kind: "pending", reason: "window_open" });
    const analysis = await miner.control.fraudAnalysis(record.id);
    expect(analysis).toMatchObject({ submissionId: record.id, indicators: [], validators: 3 });

    const held = await publisher.control.certificates(record.id);
    expect(held).toMatchObject({ taskId, contested: false, certificates: [{ id: certified.id }] });
    const payload = held.certificates[0]?.payload ?? new Uint8Array();
    const file = pathOf("certificate.hex");
    await writeFile(file, Buffer.from(payload).toString("hex"));
    const network = ["--network-name", NETWORK, "--rules-file", rulesFile];
    const checked = await run(["--json", "verify-certificate", file, "--roster", rosterFile, ...network]);
    expect(JSON.parse(checked.out)).toMatchObject({ ok: true, submission: record.id, value: certified.value, n: 3 });
    payload[payload.length - 1] = (payload[payload.length - 1] as number) ^ 1;
    await writeFile(file, Buffer.from(payload).toString("hex"));
    const forged = await run(["--json", "verify-certificate", file, "--roster", rosterFile, ...network]);
    expect(JSON.parse(forged.out)).toMatchObject({ ok: false, refusal: "bad_signature" });
  });

  test("of different rosters say so on both sides and stay connected", async () => {
    const rulesFile = pathOf("rules.json");
    await writeFile(rulesFile, JSON.stringify(RULES));
    for (const [name, weight] of [
      ["one", 10],
      ["other", 20],
    ] as const) {
      const members = [{ key: "ab".repeat(32), weight }];
      const rosterFile = pathOf(`${name}.json`);
      await writeFile(rosterFile, JSON.stringify({ network: "devnet", rosters: [{ from_day: 0, members }] }));
      await start(name, { rulesFile, rosterFile });
    }
    for (const node of nodes) {
      const fault = await node.until(async (control) =>
        control.health().faults.find(({ code }) => code === "roster_differs"),
      );
      expect(fault).toMatchObject({ component: "chain", status: "degraded" });
      expect(node.control.peers()).toMatchObject([{ roster: "differs" }]);
    }
  });
});
