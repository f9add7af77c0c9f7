import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { packInto } from "../support/packed.js";
import { makeDirectory, scratchDirectory } from "../support/scratch.js";

const run = promisify(execFile);
const FIVE_MINUTES = 300_000;
const INSTALL = "npm install --engine-strict --prefer-offline --ignore-scripts --no-audit --no-fund";

/** Two nodes in one program: a task that one publishes reaches the other. */
const PROGRAM = `
import { AINetworkSyncManager, openStandalone, taskDraft } from "tos-ai-sync";
import { NodeClient } from "tos-ai-sync/client";
import { FakeDaemon } from "tos-ai-sync/testing";

if (typeof NodeClient !== "function" || typeof FakeDaemon !== "function") throw new Error("an entry is empty");
const opened = [];
async function start(name, bootstrap) {
  const parts = await openStandalone({ dirPath: "./" + name + "/", listen: ["/ip4/127.0.0.1/tcp/0"], bootstrap });
  const node = new AINetworkSyncManager(parts.options);
  await node.start();
  opened.push({ node, parts });
  return node;
}
const a = await start("a", []);
const b = await start("b", [a.multiaddrs[0]]);
const heard = new Promise((resolve) => {
  b.control.subscribe(({ event, body }) => event === "task_published" && resolve(body.task_id));
});
const { taskId } = await a.control.publishTask(
  taskDraft({ task_type: { LogicReasoning: { complexity: 3, problem_type: "riddle" } }, description: "d", data: "x", reward_amount: 5, duration_seconds: 3600 }),
);
console.log((await heard) === taskId, a.control.info().storageEngine);
for (const { node, parts } of opened.reverse()) {
  await node.stop();
  await parts.close();
}
`;

/** The page of a node of the installed package. */
const PAGE = `
import { startStandalone } from "tos-ai-sync";

const listen = ["/ip4/127.0.0.1/tcp/0"];
const node = await startStandalone({ dirPath: "./page/", listen, api: { host: "127.0.0.1", port: 0 } });
const files = await Promise.all(["", "/page.js", "/page.css"].map((name) => fetch(node.apiUrl + "/dashboard" + name)));
console.log(files.map(({ status }) => status).join(), node.loginLink().startsWith(node.apiUrl + "/dashboard#login="));
await node.stop();
`;

let tarball: string;

beforeAll(async () => {
  const { path, remove } = await makeDirectory();
  tarball = await packInto(path);
  return remove;
});

/** Runs a shell command with the Node of one major version, which npm fetches if this is another one. */
async function withNode(major: number, command: string, cwd: string): Promise<string> {
  const isOwn = process.versions.node.startsWith(`${major}.`);
  const shell = ["sh", "-e", "-c", command];
  const [program = "", ...parameters] = isOwn ? shell : ["npx", "--yes", "--package", `node@${major}`, "--", ...shell];
  return (await run(program, parameters, { cwd })).stdout;
}

it.each([20, 22, 24])(
  "a project on Node %i installs the tarball under engine-strict and runs two nodes, the page and the command",
  { timeout: FIVE_MINUTES },
  async (major) => {
    const project = await scratchDirectory();
    await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
    await writeFile(join(project, "program.mjs"), PROGRAM);
    await writeFile(join(project, "page.mjs"), PAGE);
    await withNode(major, `${INSTALL} ${tarball} >install.log 2>&1 || { cat install.log >&2; exit 1; }`, project);
    expect(await withNode(major, "node --version", project)).toMatch(new RegExp(`^v${major}\\.`));
    expect(await withNode(major, "node program.mjs", project)).toBe("true rocksdb\n");
    expect(await withNode(major, "node page.mjs", project)).toBe("200,200,200 true\n");
    expect(await withNode(major, "./node_modules/.bin/tos-ai-sync --version", project)).toMatch(/^\d+\.\d+\.\d+\n$/);
  },
);
