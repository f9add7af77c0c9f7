import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { FakeHost, type FakeHostOptions, HostChainStub, type HostRefusal } from "../../src/testing/fake-host.js";
import { makeDirectory } from "../support/scratch.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const HOST_CHILD = fileURLToPath(new URL("host-child.mjs", import.meta.url));
const STRAY_PRINTS = pathToFileURL(fileURLToPath(new URL("stray-prints.mjs", import.meta.url)));

function hostWith(options: Partial<FakeHostOptions> = {}): { readonly host: FakeHost; readonly chain: HostChainStub } {
  const chain = new HostChainStub();
  const host = new FakeHost({ command: [process.execPath, MAIN, "managed"], answers: chain.answers(), ...options });
  onTestFinished(() => host.kill());
  return { host, chain };
}

async function directory(): Promise<string> {
  const { path, remove } = await makeDirectory();
  onTestFinished(remove);
  return path;
}

describe("tos-ai-sync managed, as a node's child", () => {
  it.each(["", "not hex"])("the command says who starts it and exits with 64 for the cookie %j", async (cookie) => {
    const { host } = hostWith({ cookie });
    expect(await host.exited).toEqual({ code: 64, signal: null });
    expect(host.errors).toMatch(/only a TOS node starts the managed mode.*tos-ai-sync start/);
    expect([host.received, host.garbage]).toEqual([[], []]);
  });

  it("the plugin answers garbage, partial lines, 5 MiB and wrong manifests with errors, and continues", async () => {
    const { host } = hostWith();
    const faults = (): number => host.received.filter(({ id }) => id === null).length;
    const answered = host.next(({ id }) => id === null);
    host.raw("GET / HTTP/1.1\r\n\r\n\xff\u0000\n");
    await answered;
    host.raw(Buffer.concat([Buffer.alloc(5 * 1024 * 1024, "x"), Buffer.from("\n")]));
    host.raw(Buffer.from([0xff, 0xfe, 10]));
    host.raw('{"jsonrpc":"2.0","id":"half","method":"getmani');
    host.raw('fest"}\n');
    expect((await host.next(({ id }) => id === "half")).error?.code).toBe(-32602);
    expect(faults()).toBe(5);
    const cookie = "00".repeat(32);
    expect(await host.call("getmanifest", { cookie, protocol: { min: 1, max: 1 } })).toMatchObject({
      error: { code: -32001, data: { reason: "wrong_cookie" } },
    });
    expect(await host.call("getmanifest", { cookie: host.cookie, protocol: { min: 2, max: 9 } })).toMatchObject({
      error: { code: -32002, data: { reason: "wrong_version" } },
    });
    expect((await host.call("ping")).error?.code).toBe(-32003);
    expect(await host.manifest()).toMatchObject({ protocol: 1 });
    expect(await host.shutdown()).toEqual({ code: 0, signal: null });
  });

  it("the plugin ends with 65 after sixteen unreadable lines in a row", async () => {
    const { host } = hostWith();
    host.raw("garbage\n".repeat(40));
    expect(await host.exited).toEqual({ code: 65, signal: null });
    expect(host.received.length).toBe(16);
    expect(host.errors).toContain("sixteen unreadable lines");
  });

  it("the plugin ends with its standard input, also within a line, before there is a node", async () => {
    const { host } = hostWith();
    await host.manifest();
    host.child.stdin.end('{"jsonrpc":"2.0","id":1,"meth');
    expect(await host.exited).toEqual({ code: 0, signal: null });
    expect(host.errors).toContain("within a line");
  });

  it("the plugin follows the host's chain, answers its API, and keeps stray prints off the channel", async () => {
    const { host, chain } = hostWith({ env: { NODE_OPTIONS: `--import ${STRAY_PRINTS.href}` } });
    for (let i = 0; i < 30; i++) chain.mine();
    await host.manifest();
    const answer = await host.init(await directory(), { tip: chain.tip });
    expect(answer).toMatchObject({ credit: 4096, api: null, node_key: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((await host.call("init", {})).error).toMatchObject({ code: -32004 });
    for (let i = 0; i < 600; i++) host.event("block", chain.mine());
    await host.notified("credit");
    expect(host.credit).toBe(4096 - 600 + 512);
    expect(await host.ask("ping")).toMatchObject({ lag_ms: expect.any(Number), memory_bytes: expect.any(Number) });
    expect(await host.ask("ai_get_network_info")).toMatchObject({ network: "devnet" });
    expect((await host.call("ai_get_task_details", { task_id: "x" })).error).toMatchObject({
      code: -32602,
      data: { reason: "bad_parameters", code: "bad_parameters" },
    });
    for (const print of ["log", "info", "table", "write", "pipe", "worker"]) expect(host.errors).toContain(print);
    expect(host.garbage).toEqual([]);
    expect(await host.shutdown()).toEqual({ code: 0, signal: null });
  });

  it("a shutdown cancels a start that waits for the host; init is answered, and nothing stays open", async () => {
    const dir = await directory();
    // The host does not answer, so the start waits for the first signature.
    const { host } = hostWith({ answers: { sign: () => undefined } });
    await host.manifest();
    const key = "11".repeat(32);
    const staged = host.next(({ method, params }) => method === "progress" && params?.stage === "keys");
    const init = host.init(dir, { signer: { node: key, authors: [] } }).catch((error: HostRefusal) => error.code);
    await staged;
    const shutdown = host.ask("shutdown", { deadline_ms: 5000 });
    expect(await init).toBe(-32006);
    await shutdown;
    const order = host.received.filter(({ id }) => typeof id === "number").map(({ error }) => error?.code);
    expect(order).toEqual([undefined, -32006, undefined]);
    expect(await host.exited).toEqual({ code: 0, signal: null });
    const again = hostWith();
    await again.host.manifest();
    await again.host.init(dir);
    await again.host.shutdown();
  });

  it("the plugin ends with its host and leaves no orphan process and no lock on the directory", async () => {
    const dir = await directory();
    const { host } = hostWith();
    await host.manifest();
    const { data } = await host.init(dir);
    // A killed host leaves all three pipes closed and no parent.
    host.child.stdin.destroy();
    host.child.stdout.destroy();
    host.child.stderr.destroy();
    expect(await host.exited).toEqual({ code: 0, signal: null });
    expect(await readdir(String(data))).not.toContain("lock");
    const next = hostWith();
    await next.host.manifest();
    await next.host.init(dir);
    // The plugin was killed in the middle of its work, and its directory opens again.
    next.host.kill();
    expect(await next.host.exited).toEqual({ code: null, signal: "SIGKILL" });
    const last = hostWith();
    await last.host.manifest();
    expect(await last.host.init(dir)).toMatchObject({ data });
    last.host.child.kill("SIGTERM");
    expect(await last.host.exited).toEqual({ code: 0, signal: null });
  });

  it("the plugin ends when its host is killed", async () => {
    const dir = await directory();
    const host = spawn(process.execPath, [HOST_CHILD, dir], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void host.kill("SIGKILL"));
    const [line] = await once(createInterface(host.stdout), "line");
    const pid = Number(line);
    const alive = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(alive()).toBe(true);
    host.kill("SIGKILL");
    await expect.poll(alive).toBe(false);
    expect(await readdir(join(dir, "ai", "dev"))).not.toContain("lock");
  });

  it("a failed start is disabled if a person must repair it, or an error if a later start may succeed", async () => {
    const dir = await directory();
    const broken = hostWith();
    await broken.host.manifest();
    const options = { registry_file: `${dir}/none.json` };
    expect(await broken.host.init(dir, { registry: "file", options })).toEqual({
      disable: expect.stringMatching(/^bad_parameters: .*none\.json can't be read \(ENOENT\)/),
    });
    expect(await broken.host.exited).toEqual({ code: 0, signal: null });
    const inFile = hostWith();
    await inFile.host.manifest();
    await writeFile(`${dir}/a-file`, "");
    expect(await inFile.host.init(`${dir}/a-file`)).toEqual({ disable: expect.stringContaining("a-file") });
    expect(await inFile.host.exited).toEqual({ code: 0, signal: null });
    const [first, second] = [hostWith(), hostWith()];
    await first.host.manifest();
    await first.host.init(dir);
    await second.host.manifest();
    await expect(second.host.init(dir)).rejects.toMatchObject({ code: -32603 });
    expect(second.host.received.at(-1)?.error?.data).toEqual({ reason: "storage_locked" });
    expect(await second.host.exited).toEqual({ code: 70, signal: null });
    await first.host.shutdown();
  });

  it("the plugin ends with 70 after a defect and describes the defect on standard error", async () => {
    const condition = 'process.listenerCount("uncaughtException") > 0';
    const throwing = `setInterval(() => { if (${condition}) throw Error("planted") }, 5)`;
    const { host } = hostWith({
      env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(throwing)}` },
    });
    expect(await host.exited).toEqual({ code: 70, signal: null });
    expect(host.errors).toMatch(/a defect of this program: Error: planted/);
  });

  it("the plugin opens an API of its own only if the host wants one", async () => {
    const { host } = hostWith();
    await host.manifest();
    const listen = ["/ip4/127.0.0.1/tcp/0"];
    const { api, data } = await host.init(await directory(), { options: { listen, api: "127.0.0.1:0" } });
    const token = (await readFile(`${data}/api.token`, "utf8")).trim();
    const response = await fetch(`${api}/json_rpc`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: '{"jsonrpc":"2.0","id":1,"method":"ai_get_peers"}',
    });
    expect(await response.json()).toMatchObject({ result: { peers: [] } });
    await host.shutdown();
  });
});
