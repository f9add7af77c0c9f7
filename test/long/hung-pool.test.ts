import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { scratchDirectory } from "../support/scratch.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const ARGUMENTS = ["--api", "127.0.0.1:0", "start", "--p2p-listen", "/ip4/127.0.0.1/tcp/0"];
/** Threads of the pool that wait for ever, as on a dead file server: no process writes to the pipe. */
const HANG = `import { open } from "node:fs";
process.on("SIGUSR2", () => {
  for (let i = 0; i < Number(process.env.HUNG_THREADS); i++) open(process.env.HUNG_PIPE, "r", () => undefined);
  process.stderr.write("hung\\n");
});`;

async function output(stream: Readable, wanted: string): Promise<void> {
  let text = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.includes(wanted)) return;
  }
  throw new Error(`ended without ${wanted}: ${text}`);
}

test.runIf(process.platform === "linux").each([1, 4])(
  "a node with %i hung threads of the pool ends when it is asked to",
  async (threads) => {
    const dir = await scratchDirectory();
    const pipe = join(dir, "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    const node = spawn(process.execPath, [MAIN, "--dir-path", join(dir, "node"), ...ARGUMENTS], {
      env: {
        ...process.env,
        HUNG_PIPE: pipe,
        HUNG_THREADS: String(threads),
        NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(HANG)}`,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void node.kill("SIGKILL"));
    await output(node.stdout, "token");
    node.kill("SIGUSR2");
    await output(node.stderr, "hung");
    node.kill("SIGTERM");
    expect(await once(node, "exit")).toEqual([null, "SIGKILL"]);
  },
);

test("a command with a hung thread pool ends with its exit code", async () => {
  const lingering = "setInterval(() => undefined, 1000)";
  const command = spawn(process.execPath, [MAIN, "no-such-command"], {
    env: { ...process.env, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(lingering)}` },
    stdio: "ignore",
  });
  onTestFinished(() => void command.kill("SIGKILL"));
  expect(await once(command, "exit")).toEqual([2, null]);
});
