import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { packInto } from "../support/packed.js";
import { codeBlocks, projectRoot } from "../support/project.js";
import { makeDirectory } from "../support/scratch.js";

const run = promisify(execFile);
const FIVE_MINUTES = 300_000;
const COMPILER = join(projectRoot, "node_modules/typescript/bin/tsc");
const TYPES = join(projectRoot, "node_modules/@types");
const TARBALL = "tos-ai-sync-0.1.0.tgz";

let root: string;

/** An empty folder, with the tarball as the only thing of this project. */
async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(root, "story-"));
  await run("cp", [join(root, TARBALL), folder]);
  return folder;
}

beforeAll(async () => {
  const { path, remove } = await makeDirectory();
  root = path;
  expect(await packInto(root)).toBe(join(root, TARBALL));
  return remove;
});

it("the page for programs, read from the installed tarball, gives a program that compiles and runs", {
  timeout: FIVE_MINUTES,
}, async () => {
  const folder = await emptyFolder();
  await run("npm", ["init", "-y"], { cwd: folder });
  await run("npm", ["install", "--no-audit", "--prefer-offline", `./${TARBALL}`], { cwd: folder });
  const page = await readFile(join(folder, "node_modules/tos-ai-sync/docs/embedding-typescript.md"), "utf8");
  await writeFile(join(folder, "program.mts"), codeBlocks(page, "ts").join("\n"));
  const options = ["--strict", "--target", "es2023", "--module", "nodenext", "--types", "node", "--typeRoots", TYPES];
  await run(process.execPath, [COMPILER, ...options, "program.mts"], { cwd: folder });
  const { stdout } = await run(process.execPath, ["program.mjs"], { cwd: folder });
  expect(stdout).toContain("1 open task");
});

it("the commands of the page for bots, run in an empty folder, get a task answered and scored", {
  timeout: FIVE_MINUTES,
}, async () => {
  const folder = await emptyFolder();
  const page = await readFile(join(projectRoot, "docs/bots.md"), "utf8");
  const [install = "", start = "", bots = ""] = codeBlocks(page, "sh");
  // The ports of a story that runs beside other nodes, and the wait of a person for the line that is looked for.
  const script = [
    "trap 'kill $(jobs -p)' EXIT",
    install.replace("npm install", "npm install --no-audit --prefer-offline"),
    start.replace("tos-ai-sync start", "tos-ai-sync start --p2p-listen /ip4/127.0.0.1/tcp/0 --api 127.0.0.1:0"),
    bots.replace("tos-ai-sync watch", "tos-ai-sync watch --after 0 > watch.log &"),
    "until grep -q ^validated validator.log; do sleep 1; done",
    "tos-ai-sync task show $TASK",
  ].join("\n");
  const child = spawn("bash", ["-e", "-c", script], {
    cwd: folder,
    env: { ...process.env, HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  onTestFinished(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  });
  let out = "";
  child.stdout.on("data", (text) => {
    out += text;
  });
  child.stderr.on("data", (text) => {
    out += text;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(code, out).toBe(0);
  expect(out).toMatch(/^submission [0-9a-f]{64}$/m);
  expect(out).toMatch(/^validation +90 by /m);
});
