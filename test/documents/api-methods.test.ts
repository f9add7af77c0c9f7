import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { apiPage } from "../../scripts/api-page.mjs";
import { openRpcDocument } from "../../src/api/openrpc/index.js";
import { ExampleNode } from "../api/examples-run.js";
import { codeBlocks, projectRoot } from "../support/project.js";

const PAGE = join(projectRoot, "docs/api-methods.md");
const STALE = "run: npm run generate:api";

/** Runs a script of the page against the node. */
async function runScript(program: string, flag: string, script: string, node: ExampleNode): Promise<string> {
  const env = { ...process.env, URL: node.url, TOKEN: node.token };
  const { stdout } = await promisify(execFile)(program, [flag, script], { env, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

async function isMissing(program: string): Promise<boolean> {
  return promisify(execFile)(program, ["--version"]).then(
    () => false,
    () => true,
  );
}

test("the page of the methods and the OpenRPC document are made of the schemas as they are now", async () => {
  const { version } = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8"));
  const document = openRpcDocument(version);
  const committed = JSON.parse(await readFile(join(projectRoot, "docs/openrpc.json"), "utf8"));
  expect(committed, STALE).toEqual(JSON.parse(JSON.stringify(document)));
  expect(await readFile(PAGE, "utf8"), STALE).toBe(apiPage(JSON.parse(JSON.stringify(document))));
});

// Skipped because the machine has no curl: the commands of the page are for a person who has it.
test.skipIf(await isMissing("curl"))("every curl command of the page gets a result from a node", async () => {
  const node = await ExampleNode.start();
  await node.publish();
  const [, ...commands] = codeBlocks(await readFile(PAGE, "utf8"), "sh").map((text) => node.real(text));
  expect(commands.length).toBeGreaterThan(10);
  const output = await runScript("bash", "-c", commands.map((command) => `${command.trim()}; echo`).join("\n"), node);
  const answers = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(answers.filter((answer) => !("result" in answer))).toEqual([]);
  expect(answers).toHaveLength(commands.length);
});

// Skipped because the machine has no Python: the calls of the page are for a person who has it.
test.skipIf(await isMissing("python3"))("every Python call of the page gets a result from a node", async () => {
  const node = await ExampleNode.start();
  await node.publish();
  const [top = "", ...calls] = codeBlocks(await readFile(PAGE, "utf8"), "python").map((text) => node.real(text));
  const script = [top, ...calls.map((text) => `print(json.dumps(${text.trim()}))`)].join("\n");
  const output = await runScript("python3", "-c", script, node);
  expect(output.trim().split("\n")).toHaveLength(calls.length);
});
