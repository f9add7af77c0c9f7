import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../examples/fake-daemon.mjs", import.meta.url));

interface Ready {
  readonly url: string | null;
  readonly http: string | null;
  readonly port: number;
  readonly genesis: string;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function run(...options: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, ...options], { stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  return child;
}

async function ready(child: ChildProcess): Promise<Ready> {
  if (child.stdout === null) throw new Error("no output");
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return JSON.parse(String(line)) as Ready;
}

async function exitCode(child: ChildProcess): Promise<unknown> {
  return child.exitCode ?? (await once(child, "exit"))[0];
}

async function height(http: string | null): Promise<string> {
  const body = '{"jsonrpc":"2.0","id":1,"method":"get_height"}';
  return (await fetch(http ?? "", { method: "POST", body })).text();
}

describe("examples/fake-daemon.mjs", () => {
  it("examples/fake-daemon.mjs prints its address in one line, and ends on SIGTERM", async () => {
    const child = run("--blocks", "5", "--quirk", "duplicates", "--quirk", "slowMs=1");
    const { http } = await ready(child);
    expect(await height(http)).toBe('{"id":1,"jsonrpc":"2.0","result":5}');
    child.kill("SIGTERM");
    expect(await exitCode(child)).toBe(0);
  });

  it("examples/fake-daemon.mjs restarts after SIGKILL at the same port with the same genesis", async () => {
    const first = run("--seed", "kept");
    const { port, genesis } = await ready(first);
    first.kill("SIGKILL");
    await exitCode(first);
    const again = await ready(run("--seed", "kept", "--port", String(port)));
    expect([again.port, again.genesis]).toEqual([port, genesis]);
  });

  it("lives without RPC when its port is taken, until its input ends", async () => {
    const { port } = await ready(run());
    const second = run("--port", String(port), "--stop-with-stdin");
    expect(await ready(second)).toMatchObject({ url: null, http: null });
    second.stdin?.end();
    expect(await exitCode(second)).toBe(0);
  });

  it("examples/fake-daemon.mjs refuses unknown options and lists the known ones", async () => {
    for (const options of [
      ["--quirk", "nope"],
      ["--quirk", "slowMs"],
      ["--network", "moon"],
      ["--port", "x"],
      ["--blok", "5"],
      ["5"],
    ]) {
      expect(await exitCode(run(...options))).toBe(64);
    }
    const help = run("--help");
    const [line] = await once(createInterface({ input: help.stdout ?? process.stdin }), "line");
    expect(line).toMatch(/^usage: .*--port/);
    expect(await exitCode(help)).toBe(0);
  });
});
