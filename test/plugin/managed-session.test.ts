import { describe, expect, it, vi } from "vitest";
import { type ManagedNode, Session } from "../../src/plugin/managed/session.js";
import { NetworkError, type ReasonCode } from "../../src/protocol/errors.js";
import { initParams } from "../../src/testing/fake-host.js";

const COOKIE = "ab".repeat(32);
const MANIFEST = { cookie: COOKIE, protocol: { min: 1, max: 1 } };
const INIT = initParams(COOKIE, "/srv/tos/");

function fakeNode(change: Partial<ManagedNode> = {}): ManagedNode {
  return {
    answer: { node_key: "", node_address: "", multiaddrs: [], api: null, data: "", credit: 4096 },
    call: async (method) => method,
    event: () => true,
    ready: () => true,
    stop: async () => undefined,
    ...change,
  };
}

type Start = (signal: AbortSignal) => Promise<ManagedNode>;

function sessionWith(start: Start = async () => fakeNode()) {
  const started = vi.fn((_params: unknown, signal: AbortSignal) => start(signal));
  const session = new Session({
    cookie: COOKIE,
    start: started,
    load: () => ({ lagMs: 3, memoryBytes: 5 }),
    log: () => undefined,
  });
  return { session, started };
}

async function running(start?: Start) {
  const made = sessionWith(start);
  await made.session.request("getmanifest", MANIFEST);
  await made.session.request("init", INIT);
  return made;
}

/** A start that ends only when it is cancelled, like one that waits for a host. */
const endless: Start = (signal) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("called off"))));

describe("the lifecycle of a managed plugin", () => {
  it("the lifecycle begins with the manifest, which may be requested again, and then init", async () => {
    const { session } = sessionWith();
    expect(await session.request("getmanifest", MANIFEST)).toMatchObject({ cookie: COOKIE, protocol: 1 });
    await session.request("getmanifest", { ...MANIFEST, protocol: { min: 0, max: 7 }, other: true });
    expect(await session.request("init", INIT)).toMatchObject({ credit: 4096 });
    expect(await session.request("ping", {})).toEqual({ ready: true, lag_ms: 3, memory_bytes: 5 });
    expect(await session.request("ai_get_peers", undefined)).toBe("ai_get_peers");
    expect(session.notification("block", {})).toBe(true);
  });

  it.each([
    ["another cookie", { ...MANIFEST, cookie: "ba".repeat(32) }, "wrong_cookie"],
    ["no cookie", { protocol: MANIFEST.protocol }, "invalid_params"],
    ["a version that is not there yet", { ...MANIFEST, protocol: { min: 2, max: 3 } }, "wrong_version"],
    ["a version that is gone", { ...MANIFEST, protocol: { min: 0, max: 0 } }, "wrong_version"],
    ["text for a version", { ...MANIFEST, protocol: "1" }, "invalid_params"],
  ])("the lifecycle does not begin with %s", async (_what, params, reason) => {
    const { session } = sessionWith();
    await expect(session.request("getmanifest", params)).rejects.toMatchObject({ reason });
    expect(session.state).toBe("started");
    await expect(session.request("init", INIT)).rejects.toMatchObject({ reason: "not_ready" });
  });

  it("before init the plugin answers no other request and takes no event", async () => {
    const { session } = sessionWith();
    await session.request("getmanifest", MANIFEST);
    for (const method of ["ping", "ai_get_peers"]) {
      await expect(session.request(method, {})).rejects.toMatchObject({ reason: "not_ready" });
    }
    await expect(session.request("ai_nothing", {})).rejects.toMatchObject({ reason: "method_not_found" });
    expect(session.notification("block", {})).toBe(false);
  });

  it.each([
    ["another cookie", { cookie: "00".repeat(32) }, "wrong_cookie"],
    ["a network of no name", { network: "regtest" }, "invalid_params"],
    ["half a genesis", { genesis: "00".repeat(16) }, "invalid_params"],
    ["a directory without its slash", { data_dir: "/srv/tos" }, "invalid_params"],
    ["a key twice", { signer: { node: null, authors: ["00".repeat(32), "00".repeat(32)] } }, "invalid_params"],
    ["an address that is none", { options: { listen: ["127.0.0.1:1"] } }, "invalid_params"],
    ["no options", { options: undefined }, "invalid_params"],
    ["half a tip", { tip: { topoheight: 7 } }, "invalid_params"],
  ])("an init with %s is refused, and the next init is accepted", async (_what, change, reason) => {
    const { session, started } = sessionWith();
    await session.request("getmanifest", MANIFEST);
    await expect(session.request("init", { ...INIT, ...change })).rejects.toMatchObject({ reason });
    expect(started).not.toHaveBeenCalled();
    await session.request("init", INIT);
    expect(session.state).toBe("running");
  });

  it("init is accepted once, and a second one is refused during the start and later", async () => {
    const { session } = sessionWith(endless);
    await session.request("getmanifest", MANIFEST);
    const first = session.request("init", INIT);
    await expect(session.request("init", INIT)).rejects.toMatchObject({ reason: "already_initialised" });
    await expect(session.request("ping", {})).rejects.toMatchObject({ reason: "not_ready" });
    session.end();
    await expect(first).rejects.toMatchObject({ reason: "shutting_down" });
    const later = await running();
    await expect(later.session.request("init", INIT)).rejects.toMatchObject({ reason: "already_initialised" });
  });

  it("a shutdown cancels a start: init is answered first, then the shutdown", async () => {
    const ends: string[] = [];
    const { session } = sessionWith(endless);
    await session.request("getmanifest", MANIFEST);
    const init = session.request("init", INIT).catch((error) => ends.push(`init ${error.reason}`));
    const shutdown = session.request("shutdown", { deadline_ms: 1000 }).then(() => ends.push("shutdown"));
    await Promise.all([init, shutdown]);
    expect(ends).toEqual(["init shutting_down", "shutdown"]);
    expect(await session.finished).toBe(0);
  });

  it("a node whose start succeeds in the turn of the cancellation is stopped", async () => {
    const stop = vi.fn(async () => undefined);
    let stand: (node: ManagedNode) => void = () => undefined;
    const { session } = sessionWith(() => new Promise((resolve) => (stand = resolve)));
    await session.request("getmanifest", MANIFEST);
    const init = session.request("init", INIT);
    stand(fakeNode({ stop }));
    const shutdown = session.request("shutdown", { deadline_ms: 1000 });
    await expect(init).rejects.toMatchObject({ reason: "shutting_down" });
    await shutdown;
    expect(stop).toHaveBeenCalledTimes(1);
    expect(session.state).toBe("stopping");
  });

  it("the plugin stops once, and requests during the stop get the reason", async () => {
    const stop = vi.fn(async () => undefined);
    const { session } = await running(async () => fakeNode({ stop }));
    const shutdown = session.request("shutdown", { deadline_ms: 1000 });
    for (const method of ["ping", "getmanifest", "init", "ai_get_peers"]) {
      await expect(session.request(method, {})).rejects.toMatchObject({ reason: "shutting_down" });
    }
    session.end();
    expect(await shutdown).toEqual({});
    expect(await session.finished).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("a shutdown during a stop by a signal is answered once all data is on the disk", async () => {
    let stopped: () => void = () => undefined;
    const stop = vi.fn(() => new Promise<void>((resolve) => (stopped = resolve)));
    const { session } = await running(async () => fakeNode({ stop }));
    session.end();
    const answered = vi.fn();
    const shutdown = session.request("shutdown", { deadline_ms: 1000 }).then(answered);
    await new Promise(setImmediate);
    expect(answered).not.toHaveBeenCalled();
    stopped();
    await shutdown;
    expect(answered).toHaveBeenCalledWith({});
    expect(await session.finished).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("a stop that hangs or fails ends with 70 and does not report success", async () => {
    const hangs = await running(async () => fakeNode({ stop: () => new Promise(() => undefined) }));
    await expect(hangs.session.request("shutdown", { deadline_ms: 5 })).rejects.toMatchObject({ reason: "internal" });
    expect(await hangs.session.finished).toBe(70);
    const fails = await running(async () => fakeNode({ stop: () => Promise.reject(new Error("disk")) }));
    fails.session.end();
    expect(await fails.session.finished).toBe(70);
  });

  it.each<[ReasonCode, number]>([
    ["key_unreadable", 0],
    ["storage_foreign", 0],
    ["bad_signature", 0],
    ["storage_locked", 70],
    ["address_in_use", 70],
    ["request_timeout", 70],
  ])("a start that fails with %s ends with %i", async (code, exit) => {
    const { session } = sessionWith(() => Promise.reject(new NetworkError(code, "why")));
    await session.request("getmanifest", MANIFEST);
    const init = session.request("init", INIT);
    if (exit === 0) expect(await init).toEqual({ disable: `${code}: why` });
    else {
      const refused: unknown = await init.catch((error) => error.toObject());
      expect(refused).toEqual({ code: -32603, message: "why", data: { reason: code } });
    }
    expect(await session.finished).toBe(exit);
  });
});
