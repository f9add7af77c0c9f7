import { spawn, spawnSync } from "node:child_process";
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { scratchDirectory } from "../support/scratch.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const ARGUMENTS = ["--api", "127.0.0.1:0", "start", "--p2p-listen", "/ip4/127.0.0.1/tcp/0"];
/** `script` of util-linux runs a command on its own terminal. */
const HAS_SCRIPT = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

/** Waits until the file holds a line, and returns its content. */
async function lineOf(directory: string, name: string): Promise<string> {
  const path = join(directory, name);
  const changes = watch(directory);
  try {
    for (;;) {
      const changed = new Promise((resolve) => changes.once("change", resolve));
      const text = await readFile(path, "utf8").catch(() => "");
      if (text.endsWith("\n")) return text.trim();
      await changed;
    }
  } finally {
    changes.close();
  }
}

test.runIf(HAS_SCRIPT)(
  "a node whose terminal hangs up ends with the exit code for that, and Node does not abort",
  async () => {
    const dir = await scratchDirectory();
    const start = [process.execPath, MAIN, "--dir-path", dir, ...ARGUMENTS].map((word) => `'${word}'`).join(" ");
    // The shell forwards the signal and writes the exit code of the node. The first wait ends with the signal.
    const node = `trap 'kill -HUP $node' HUP; ${start} 2>'${dir}/err' & node=$!`;
    const command = `${node}; wait $node; wait $node; echo $? >'${dir}/code'`;
    const script = spawn("script", ["-qc", command, "/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
    onTestFinished(() => {
      script.kill("SIGKILL");
    });
    await new Promise((resolve) => script.stdout.once("data", resolve));
    script.kill("SIGKILL");
    expect(await lineOf(dir, "code")).toBe("74");
    expect(await readFile(join(dir, "err"), "utf8")).not.toContain("stack trace");
  },
);
