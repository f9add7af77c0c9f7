// The processes that measure, one at a time: they are asked in turn, so that whatever else the machine does falls on
// rivals alike.
import { execFileSync, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Builds the bare Rust half and starts it. */
export function startRust() {
  const build = ["build", "--release", "--locked", "-p", "tos-ai-bench", "--message-format=json-render-diagnostics"];
  const output = execFileSync("cargo", build, { cwd: ROOT, encoding: "utf8", maxBuffer: 16 << 20 });
  const messages = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const path = messages.findLast((message) => message.target?.name === "tos-ai-bench")?.executable;
  const child = spawn(path, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(...words) {
      child.stdin.write(`${words.join(" ")}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`the Rust half failed at: ${words.join(" ")}`);
      return value === "done" ? undefined : Number(value);
    },
    async stop() {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Starts a Node process with that backend, that many threads in libuv's pool and those flags; undefined if the backend
 * won't load.
 */
export async function startNode(backend, threads, files, execArgv = []) {
  const env = { ...process.env, UV_THREADPOOL_SIZE: String(threads) };
  const child = fork(join(ROOT, "bench", "kernel", "child.mjs"), [backend, JSON.stringify(files)], { env, execArgv });
  const failed = new AbortController();
  child.once("exit", () => failed.abort(new Error(`the ${backend} process has ended`)));
  const answer = async () => {
    const [message] = await once(child, "message", { signal: failed.signal });
    if (message.error !== undefined) throw new Error(message.error);
    return message.value;
  };
  const stop = async () => {
    if (child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.disconnect();
    await ended;
  };
  try {
    await answer();
  } catch (error) {
    await stop();
    if (backend === "native") throw error;
    console.error(`no ${backend} rows: ${error.message}`);
    return undefined;
  }
  return {
    ask(name, count) {
      child.send({ name, count });
      return answer();
    },
    stop,
  };
}
