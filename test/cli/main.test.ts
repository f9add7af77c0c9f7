import { type ChildProcess, spawn } from "node:child_process";
import { access, open } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { scratchDirectory } from "../support/scratch.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const ANY_PORTS = ["--api", "127.0.0.1:0", "--p2p-listen", "/ip4/127.0.0.1/tcp/0"];

function launch(argv: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ["pipe", "pipe", "pipe"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("close", (code) => resolve(code)));
}

async function runMain(argv: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = launch(argv);
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  return { code: await exitOf(child), out, err };
}

/** Starts a node in its own process and waits until it runs. */
async function startNode(argv: readonly string[]): Promise<{ child: ChildProcess; firstLine: string }> {
  const child = launch(["start", ...argv]);
  let err = "";
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  const firstLine = await new Promise<string>((resolve, reject) => {
    if (child.stdout !== null) createInterface(child.stdout).once("line", resolve);
    child.once("close", (code) => reject(new Error(`start ended with ${code}: ${err}`)));
  });
  return { child, firstLine };
}

test("a closed standard error does not change the exit code", async () => {
  const child = launch(["no-such-command"]);
  child.stderr?.destroy();
  child.stdout?.resume();
  expect(await exitOf(child)).toBe(2);
});

test("a node starts, is found by other commands, locks its directory, and ends on a signal", async () => {
  const dir = await scratchDirectory();
  const at = ["--dir-path", dir];
  const launched = performance.now();
  const { child, firstLine } = await startNode([...at, ...ANY_PORTS, "--json"]);
  const startMs = performance.now() - launched;
  const started = JSON.parse(firstLine);
  expect(started).toMatchObject({ event: "started", network: "devnet", pid: child.pid });

  const status = await runMain(["status", "--json", ...at]);
  expect(status).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(status.out)).toMatchObject({ node_key: started.node_key, multiaddrs: started.multiaddrs });

  const second = await runMain(["start", ...at, ...ANY_PORTS]);
  expect(second).toMatchObject({ code: 75, out: "" });
  expect(second.err).toContain(`process ${child.pid}`);
  expect(second.err.trim().split("\n")).toHaveLength(1);

  const signalled = performance.now();
  child.kill("SIGTERM");
  expect(await exitOf(child)).toBe(0);
  // On a busy machine the start takes longer, too.
  expect(performance.now() - signalled).toBeLessThan(Math.max(5000, startMs));
  await expect(access(join(dir, "ai", "dev", "api.json"))).rejects.toThrow();
  expect((await runMain(["status", ...at, "--api", new URL(started.api).host])).code).toBe(3);

  const again = await startNode([...at, ...ANY_PORTS, "--json"]);
  expect(JSON.parse(again.firstLine)).toMatchObject({ node_key: started.node_key });
  again.child.kill("SIGINT");
  expect(await exitOf(again.child)).toBe(0);
});

test("only a node with the option ends with its standard input", async () => {
  const start = async (...more: string[]) => startNode(["--dir-path", await scratchDirectory(), ...ANY_PORTS, ...more]);
  const [stopping, held, other] = await Promise.all([start("--stop-with-stdin"), start("--stop-with-stdin"), start()]);
  other.child.stdin?.end();
  const ended = exitOf(stopping.child);
  stopping.child.stdin?.end();
  expect(await ended).toBe(0);
  expect(other.child.exitCode).toBeNull();
  held.child.kill("SIGTERM");
  expect(await exitOf(held.child)).toBe(0);
});

test("a taken address is reported in one line", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => other.close(() => resolve())));
  const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const p2p = ["--p2p-listen", "/ip4/127.0.0.1/tcp/0"];
  const failed = await runMain(["start", "--dir-path", await scratchDirectory(), "--api", taken, ...p2p]);
  expect(failed).toMatchObject({ code: 6, out: "" });
  expect(failed.err).toContain(taken);
  expect(failed.err.trim().split("\n")).toHaveLength(1);
});

/** Starts a node with this file as its standard error and waits until it runs. */
async function startedInto(path: string, argv: readonly string[]): Promise<ChildProcess> {
  const file = await open(path, "w");
  const child = spawn(process.execPath, [MAIN, "start", ...argv], { stdio: ["ignore", "pipe", file.fd] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await file.close();
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  return child;
}

test("a node whose log is on a full disk runs on and reports how many lines are lost and why", async () => {
  const dir = await scratchDirectory();
  // Nothing listens there, so the node writes a log line.
  const child = await startedInto("/dev/full", [
    ...ANY_PORTS,
    "--dir-path",
    dir,
    "--bootstrap",
    "/ip4/127.0.0.1/tcp/9",
  ]);
  const at = ["--dir-path", dir, "--json"];
  const faults = async (): Promise<unknown[]> => {
    const { out } = await runMain(["status", ...at]);
    return JSON.parse(out).health.faults;
  };
  let found: unknown[] = [];
  while (
    !found.some(
      (fault) => typeof fault === "object" && fault !== null && "code" in fault && fault.code === "lines_lost",
    )
  ) {
    found = await faults();
  }
  expect(found).toContainEqual(
    expect.objectContaining({ component: "log", text: expect.stringContaining("no_space") }),
  );
  child.kill("SIGTERM");
  expect(await exitOf(child)).toBe(0);
});

test("a node whose reader or terminal is gone stops with its exit code", async () => {
  const dir = await scratchDirectory();
  const { child } = await startNode([...ANY_PORTS, "--dir-path", dir]);
  // A closed terminal sends the signal more than once.
  child.kill("SIGHUP");
  child.kill("SIGHUP");
  child.stdout?.resume();
  expect(await exitOf(child)).toBe(74);
  await expect(access(join(dir, "ai", "dev", "api.json"))).rejects.toThrow();
  const unread = async (name: "stdout" | "stderr"): Promise<number | null> => {
    const own = ["--dir-path", await scratchDirectory(), "--bootstrap", "/ip4/127.0.0.1/tcp/9"];
    const node = launch(["start", ...ANY_PORTS, ...own]);
    node[name]?.destroy();
    node.stdout?.resume();
    return exitOf(node);
  };
  expect(await Promise.all([unread("stdout"), unread("stderr")])).toEqual([74, 74]);
});

test("a command whose answer can't be written fails with one line", async () => {
  const full = await open("/dev/full", "w");
  const child = spawn(process.execPath, [MAIN, "--help"], { stdio: ["ignore", full.fd, "pipe"] });
  await full.close();
  let err = "";
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  expect(await exitOf(child)).toBe(74);
  expect(err).toMatch(/^tos-ai-sync: the output could not be written: ENOSPC[^\n]*\n$/);
  const closed = launch(["--help"]);
  closed.stdout?.destroy();
  closed.stderr?.resume();
  expect(await exitOf(closed)).toBe(74);
});

test.runIf(process.platform === "linux")(
  "start and doctor report a low limit of open files in one line with the cure",
  async () => {
    const refused = async (limit: number): Promise<void> => {
      for (const command of ["start", "doctor"]) {
        const limited = ["-c", `ulimit -n ${limit}; exec "$0" "$@"`, process.execPath, MAIN, command];
        const child = spawn("sh", limited, { stdio: ["ignore", "ignore", "pipe"] });
        let err = "";
        child.stderr.on("data", (chunk) => {
          err += chunk;
        });
        expect(await exitOf(child)).toBe(78);
        expect(err).toMatch(
          /^tos-ai-sync: this process may open \d+ files, a node needs 512: raise the limit .*ulimit -n.*\n$/,
        );
      }
    };
    await Promise.all([20, 64, 256].map(refused));
  },
);

test("start and doctor report a Node that loads no addons in one line with the cure", async () => {
  const options = ["--dir-path", await scratchDirectory(), ...ANY_PORTS];
  const run = async (command: string): Promise<{ code: number | null; text: string }> => {
    const argv = ["--no-addons", MAIN, command, ...options];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        text += chunk;
      });
    }
    return { code: await exitOf(child), text };
  };
  const started = await run("start");
  expect(started.code).toBe(78);
  expect(started.text).toMatch(/^tos-ai-sync: no database loads here .*: start node without --no-addons\n$/);
  const doctor = await run("doctor");
  expect(doctor.code).toBe(1);
  expect(doctor.text).toContain(started.text.replace("tos-ai-sync: ", "").trim());
});

test("doctor shows its table though a package of the node is missing", async () => {
  const hook = `export async function resolve(name, context, next) {
  if (name === "hono") throw new Error("Cannot find package 'hono'");
  return next(name, context);
}`;
  const loader = `data:text/javascript,${encodeURIComponent(hook)}`;
  const missing = `import { register } from "node:module"; register("${loader}");`;
  const argv = ["--import", `data:text/javascript,${encodeURIComponent(missing)}`, MAIN, "doctor", ...ANY_PORTS];
  const options = ["--dir-path", await scratchDirectory(), "--bootstrap", "/ip4/127.0.0.1/tcp/1"];
  const child = spawn(process.execPath, [...argv, ...options], { stdio: ["ignore", "pipe", "ignore"] });
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  expect(await exitOf(child)).toBe(1);
  expect(out).toMatch(/build: Cannot find package 'hono'\n.*npm install/);
  expect(out).toMatch(/database engine: /);
  expect(out).toContain("a node can't run here yet");
});
