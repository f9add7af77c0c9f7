// What a command of a person takes from its start to its end, against Node that runs nothing.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startStandalone } from "../../dist/plugin/index.js";
import { atMost, figure, median } from "./rows.mjs";

const RUNS = 20;
const QUICK_RUNS = 5;
const BAR_MS = 200;
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

const run = promisify(execFile);

/** Milliseconds of each run. The first one, which reads the files from the disk, is not counted. */
async function timesOf(parameters, runs) {
  const times = [];
  for (let i = 0; i <= runs; i++) {
    const began = performance.now();
    await run(process.execPath, parameters);
    if (i > 0) times.push(performance.now() - began);
  }
  return times;
}

export async function commandRows({ quick }) {
  const runs = quick ? QUICK_RUNS : RUNS;
  const dir = await mkdtemp(join(tmpdir(), "bench-api-"));
  const empty = join(dir, "empty.mjs");
  await writeFile(empty, "");
  const node = await startStandalone({
    dirPath: `${dir}/`,
    listen: ["/ip4/127.0.0.1/tcp/0"],
    api: { host: "127.0.0.1", port: 0 },
  });
  try {
    await writeFile(join(node.data, "api.json"), JSON.stringify({ url: node.apiUrl, pid: process.pid }));
    const bare = median(await timesOf([empty], runs));
    const rows = [figure("Node that runs nothing", bare, "ms")];
    const commands = { "--help": ["--help"], status: ["status", "--dir-path", `${dir}/`] };
    for (const [name, parameters] of Object.entries(commands)) {
      const values = await timesOf([MAIN, ...parameters], runs);
      const value = median(values);
      const rival = "Node that runs nothing";
      rows.push(atMost(`tos-ai-sync ${name}`, value, "ms", BAR_MS, { values, rival, ratio: value / bare }));
    }
    return rows;
  } finally {
    await node.stop();
    await rm(dir, { recursive: true });
  }
}
