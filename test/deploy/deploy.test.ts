import { execFile } from "node:child_process";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { EXIT, EXITS } from "../../src/cli/exit-codes.js";
import { P2P_PORT } from "../../src/network/constants.js";
import { FakeDaemon } from "../../src/testing/index.js";
import { run } from "../support/run-cli.js";
import { scratchDirectory } from "../support/scratch.js";
import { readUnit, readYaml, type Yaml } from "./readers.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Where both files expect the program. */
const INSTALLED = "/opt/tos-ai-sync/";
const PROGRAM = `${INSTALLED}dist/cli/main.js`;
/** What both give to `start`, and a test can't have: these ports and directories are others here. */
const LISTEN = `/ip4/0.0.0.0/tcp/${P2P_PORT}`;
/** Long options of the daemon that are named here. */
const DAEMON_FLAGS = ["--network", "--dir-path", "--rpc-bind-address", "--disable-interactive-mode"];

const unitText = await readFile(join(ROOT, "deploy/tos-ai-sync.service"), "utf8");
const composeText = await readFile(join(ROOT, "deploy/compose.yaml"), "utf8");

/** Starts a node with the very words, but for the values that belong to another machine. */
async function starts(words: readonly string[], values: Readonly<Record<string, string>>): Promise<void> {
  const daemon = await FakeDaemon.start();
  onTestFinished(() => daemon.stop());
  const others: Record<string, string> = { ...values, [LISTEN]: "/ip4/127.0.0.1/tcp/0" };
  const url = words.find((word) => word.startsWith("ws://")) ?? "";
  const changed = words.map((word) => (word === url ? daemon.url : (others[word] ?? word)));
  const interrupt = new AbortController();
  const argv = [...changed, "--api", "127.0.0.1:0", "--json"];
  const ran = await run(argv, { signal: interrupt.signal, onOut: () => interrupt.abort() });
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(ran.out)).toMatchObject({ event: "started", chain: "daemon" });
}

async function exists(path: string): Promise<void> {
  expect(path.startsWith(INSTALLED)).toBe(true);
  await access(join(ROOT, path.slice(INSTALLED.length)));
}

describe("the systemd unit", () => {
  const unit = readUnit(unitText);
  const value = (section: string, key: string): string | undefined => unit.get(section)?.get(key)?.at(-1);
  const words = value("Service", "ExecStart")?.split(" ") ?? [];

  it("the file starts an existing program with flags that it takes", async () => {
    const [node, program, ...argv] = words;
    expect([node, program]).toEqual(["/usr/bin/node", PROGRAM]);
    await exists(PROGRAM);
    await exists(value("Unit", "Documentation")?.replace("file://", "") ?? "");
    const data = argv[argv.indexOf("--dir-path") + 1] ?? "";
    expect(`${value("Service", "ReadWritePaths")}/`).toBe(data);
    expect(data).toBe(`/var/lib/${value("Service", "StateDirectory")}/`);
    await starts(argv, { [data]: await scratchDirectory() });
  });

  it("the unit restarts where a restart helps and waits for the program's own stop", () => {
    expect(value("Service", "Restart")).toBe("on-failure");
    const final = Object.values(EXITS).filter(({ code, restart }) => code !== EXIT.ok && !restart);
    expect(value("Service", "RestartPreventExitStatus")).toBe(final.map(({ code }) => code).join(" "));
    // Nothing but 0 counts as an end that was meant: a node that ends by itself is started again.
    expect(value("Service", "SuccessExitStatus")).toBeUndefined();
    // systemd gives up after five starts within ten seconds: this unit never starts so often.
    expect(Number(value("Service", "RestartSec"))).toBeGreaterThan(2);
    expect(Number(value("Service", "TimeoutStopSec"))).toBeGreaterThan(5);
  });

  it("the unit gives the program only what it needs", () => {
    const hardened = {
      User: "tos-ai-sync",
      NoNewPrivileges: "yes",
      ProtectSystem: "strict",
      ProtectHome: "yes",
      PrivateTmp: "yes",
      PrivateDevices: "yes",
      CapabilityBoundingSet: "",
      RestrictAddressFamilies: "AF_INET AF_INET6 AF_NETLINK AF_UNIX",
      SystemCallFilter: "@system-service",
      UMask: "0077",
    };
    for (const [key, wanted] of Object.entries(hardened)) expect([key, value("Service", key)]).toEqual([key, wanted]);
  });

  it("systemd-analyze accepts the unit without a warning, where it is installed", async (context) => {
    const path = join(await scratchDirectory(), "tos-ai-sync.service");
    const here = unitText.replaceAll(INSTALLED, ROOT).replace("/usr/bin/node", process.execPath);
    await writeFile(path, here);
    const verified = promisify(execFile)("systemd-analyze", ["verify", path]);
    const { stderr } = await verified.catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") context.skip("no systemd here");
      throw error;
    });
    expect(stderr).toBe("");
  });
});

describe("the compose file", () => {
  const member = (value: Yaml | undefined, ...path: readonly string[]): Yaml | undefined =>
    path.reduce<Yaml | undefined>(
      (found, key) =>
        typeof found === "object" && !Array.isArray(found) ? (found as Record<string, Yaml>)[key] : undefined,
      value,
    );
  const list = (...path: readonly string[]): readonly string[] => {
    const found = member(readYaml(composeText), ...path);
    if (!Array.isArray(found)) throw new Error(`${path.join(".")} is no list`);
    return found;
  };

  it("the file starts an existing program with flags that it takes", async () => {
    const [node, program, ...argv] = list("services", "sync", "command");
    expect([node, program]).toEqual(["node", PROGRAM]);
    await exists(PROGRAM);
    expect(list("services", "sync", "volumes")).toEqual([`..:${INSTALLED.slice(0, -1)}:ro`, "sync:/data"]);
    expect(list("services", "sync", "ports")).toEqual([`${P2P_PORT}:${P2P_PORT}`]);
    await starts(argv, { "/data/": await scratchDirectory() });
  });

  it("the compose file announces the given address, and none where none is given", async () => {
    const [variable] = list("services", "sync", "environment");
    const [name = "", value] = variable?.split("=") ?? [];
    expect(value).toBe(["$", "{TOS_ANNOUNCE:-}"].join(""));
    expect(unitText).toContain(name);
    const argv = ["start", "--p2p-listen", "/ip4/127.0.0.1/tcp/0", "--api", "127.0.0.1:0", "--json"];
    for (const [given, announced] of [
      ["", 0],
      ["/ip4/192.0.2.7/tcp/2135, /ip6/2001:db8::7/tcp/2135", 2],
    ] as const) {
      vi.stubEnv(name, given);
      onTestFinished(() => void vi.unstubAllEnvs());
      const interrupt = new AbortController();
      const ran = await run([...argv, "--dir-path", await scratchDirectory()], {
        signal: interrupt.signal,
        onOut: () => interrupt.abort(),
      });
      expect([given, ran.code, JSON.parse(ran.out).announced]).toEqual([given, 0, expect.any(Array)]);
      expect(JSON.parse(ran.out).announced).toHaveLength(announced);
    }
  });

  it("the node reaches the daemon over a network of these two containers only", () => {
    const words = list("services", "daemon", "command");
    expect(words.filter((word) => word.startsWith("--"))).toEqual(DAEMON_FLAGS);
    expect(words[words.indexOf("--rpc-bind-address") + 1]).toBe("0.0.0.0:8080");
    expect(list("services", "sync", "command")).toContain("ws://daemon:8080/json_rpc");
    for (const service of ["daemon", "sync"]) expect(list("services", service, "networks")).toContain("inside");
    expect(member(readYaml(composeText), "networks", "inside", "internal")).toBe(true);
    expect(list("services", "daemon", "ports").some((port) => port.includes("8080"))).toBe(false);
  });

  it("the two containers share no directory", () => {
    const volumes = ["daemon", "sync"].map((service) =>
      list("services", service, "volumes").filter((one) => !one.startsWith("..")),
    );
    expect(volumes).toEqual([["daemon:/data"], ["sync:/data"]]);
  });
});

describe("the readers of these tests", () => {
  it.each([
    "a: yes",
    "a: 012",
    "a: [1]",
    "a:\n   b: c",
    "a: b\na: c",
    "- a\nb: c",
    "a: 'b'",
    "a: b # c",
    "a:",
    "a: *b",
  ])("the reader refuses ambiguous YAML: %j", (text) => {
    expect(() => readYaml(text)).toThrow();
  });

  it.each(["Key=value", "[Unit]\nkey=value", "[Unit]\nA=b\\", "[Unit]\n[Unit]", "[Unit]\n Key=value"])(
    "the tests' readers refuse a unit that systemd reads differently than it looks: %j",
    (text) => {
      expect(() => readUnit(text)).toThrow();
    },
  );
});
