import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { ReferenceKernel } from "../../src/kernel/index.js";
import { fromHex, toHex } from "../../src/protocol/bytes.js";
import { FakeHost, type HostAnswers, HostChainStub, HostRefusal } from "../../src/testing/fake-host.js";
import { newPrivateKey } from "../support/keys.js";
import { taskParams } from "../support/node-process.js";
import { makeDirectory } from "../support/scratch.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const kernel = new ReferenceKernel("test");

async function directory(): Promise<string> {
  const { path, remove } = await makeDirectory();
  onTestFinished(remove);
  return path;
}

/** The tag at the beginning of a message, up to its zero byte. */
function tagOf(message: unknown): string {
  const bytes = fromHex(String(message)) ?? new Uint8Array(0);
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

/** Keys of a host, and the host's answer to `sign`. */
class Keys {
  readonly #private = new Map<string, Uint8Array>();
  /** Tags of the signed messages. */
  readonly signed: string[] = [];

  make(): string {
    const secret = newPrivateKey();
    const key = toHex(kernel.publicKey(secret));
    this.#private.set(key, secret);
    return key;
  }

  get secrets(): string[] {
    return [...this.#private.values()].map(toHex);
  }

  readonly sign = (params: Readonly<Record<string, unknown>>): unknown => {
    const secret = this.#private.get(String(params.key));
    if (secret === undefined) throw new HostRefusal(-32007, "not a key of this host");
    this.signed.push(tagOf(params.message));
    return { signature: toHex(kernel.sign(secret, fromHex(String(params.message)) ?? new Uint8Array(0))) };
  };
}

async function started(answers: HostAnswers): Promise<FakeHost> {
  const chain = new HostChainStub();
  const host = new FakeHost({
    command: [process.execPath, MAIN, "managed"],
    answers: { ...chain.answers(), ...answers },
  });
  onTestFinished(() => host.kill());
  await host.manifest();
  return host;
}

/** The text of every file under a directory. */
async function filesUnder(path: string): Promise<{ readonly name: string; readonly text: string }[]> {
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (name) => ({ name, text: (await readFile(name)).toString("latin1") })));
}

describe("keys of the host", () => {
  it("keys of the host sign hellos and records, and are never on the plugin's disk", async () => {
    const keys = new Keys();
    const [node, author] = [keys.make(), keys.make()];
    const host = await started({ sign: keys.sign });
    const dir = await directory();
    const answer = await host.init(dir, { signer: { node, authors: [author], fresh: [author] } });
    expect(answer.node_key).toBe(node);
    const published = await host.ask("ai_publish_task", taskParams("signed elsewhere"));
    expect(published).toMatchObject({ record: { author }, duplicate: false });
    expect(new Set(keys.signed)).toEqual(new Set(["tos-ai-sync/hello/v1", "tos-ai-sync/envelope/v1"]));
    const { data } = answer;
    await host.shutdown();
    const files = await filesUnder(String(data));
    for (const { name, text } of files) {
      for (const secret of keys.secrets) expect(text.includes(secret), name).toBe(false);
      for (const secret of keys.secrets) {
        expect(text.includes(Buffer.from(secret, "hex").toString("latin1")), name).toBe(false);
      }
    }
    const inKeys = files.filter(({ name }) => name.includes("/keys/"));
    expect(inKeys.map(({ name }) => name.split("/").at(-1)).sort()).toEqual(["key.json", "signing.log", "votes.log"]);
    const meta = JSON.parse(inKeys.find(({ name }) => name.endsWith("key.json"))?.text ?? "");
    expect(meta).toMatchObject({ kind: "author", kept: "host", public: author });
    expect(meta).not.toHaveProperty("private");
  });

  it("keys of the host sign as many records at once as callers may request", async () => {
    const keys = new Keys();
    const author = keys.make();
    const host = await started({ sign: keys.sign });
    await host.init(await directory(), { signer: { node: null, authors: [author], fresh: [author] } });
    const numbers = [...Array(60).keys()];
    const published = await Promise.all(numbers.map((i) => host.ask("ai_publish_task", taskParams(`task ${i}`))));
    expect(new Set(published.map(({ task_id: id }) => id)).size).toBe(60);
    expect(host.errors).toBe("");
    await host.shutdown();
  });

  it("a record that the host refuses to sign is not lost: it is signed at the next start", async () => {
    const keys = new Keys();
    const author = keys.make();
    const signer = { node: null, authors: [author], fresh: [author] };
    const dir = await directory();
    let refuse = true;
    const sign: HostAnswers[string] = (params) => {
      if (refuse && tagOf(params.message) === "tos-ai-sync/envelope/v1") throw new HostRefusal(-32007, "not so often");
      return keys.sign(params);
    };
    const host = await started({ sign });
    await host.init(dir, { signer });
    const task = taskParams("refused at first", "the caller's key");
    expect((await host.call("ai_publish_task", task)).error).toMatchObject({ data: { reason: "request_refused" } });
    expect(await host.ask("ai_list_active_tasks")).toMatchObject({ tasks: [] });
    await host.shutdown();
    refuse = false;
    const again = await started({ sign });
    await again.init(dir, { signer });
    const { tasks } = await again.ask("ai_list_active_tasks");
    expect(tasks).toMatchObject([{ publisher: expect.anything() }]);
    expect(await again.ask("ai_publish_task", task)).toMatchObject({ record: { author }, duplicate: true });
    await again.shutdown();
  });

  it("a record that the host refused to sign is published later while the node runs", async () => {
    const keys = new Keys();
    const author = keys.make();
    let refusals = 2;
    const host = await started({
      sign: (params) => {
        if (tagOf(params.message) === "tos-ai-sync/envelope/v1" && refusals-- > 0) throw new HostRefusal(-32007, "no");
        return keys.sign(params);
      },
    });
    await host.init(await directory(), { signer: { node: null, authors: [author], fresh: [author] } });
    const signerFaults = async (): Promise<unknown> => {
      const { health } = (await host.ask("ai_get_network_info")) as { health: { faults: { code: string }[] } };
      return health.faults.filter(({ code }) => code === "signer_away");
    };
    expect(await signerFaults()).toEqual([]);
    expect((await host.call("ai_publish_task", taskParams("later"))).error?.data?.reason).toBe("request_refused");
    expect(await signerFaults()).toMatchObject([
      { component: "signing", text: expect.stringContaining(author.slice(0, 16)) },
    ]);
    for (let tasks: unknown = []; Array.isArray(tasks) && tasks.length === 0; ) {
      tasks = (await host.ask("ai_list_active_tasks")).tasks;
    }
    expect(refusals).toBe(-1);
    expect(await signerFaults()).toEqual([]);
    await host.shutdown();
  });

  it("a record with a wrong signature is not published, and its signature is requested again", async () => {
    const keys = new Keys();
    const [author, other] = [keys.make(), keys.make()];
    let wrong = 2;
    const host = await started({
      sign: ({ key, message }) => {
        const isRecord = tagOf(message) === "tos-ai-sync/envelope/v1";
        return keys.sign({ key: isRecord && wrong-- > 0 ? other : key, message });
      },
    });
    await host.init(await directory(), { signer: { node: null, authors: [author], fresh: [author] } });
    expect((await host.call("ai_publish_task", taskParams("forged"))).error?.data?.reason).toBe("bad_signature");
    expect(await host.ask("ai_list_active_tasks")).toMatchObject({ tasks: [] });
    for (let tasks: unknown = []; Array.isArray(tasks) && tasks.length === 0; ) {
      tasks = (await host.ask("ai_list_active_tasks")).tasks;
    }
    expect(wrong).toBe(-1);
    await host.shutdown();
  });

  it("keys of the host are authors only after the host's chain has registered them", async () => {
    const keys = new Keys();
    const author = keys.make();
    const chain = new HostChainStub();
    const host = await started({ ...chain.answers(), sign: keys.sign });
    const signer = { node: null, authors: [author], fresh: [author] };
    await host.init(await directory(), { registry: "chain", signer, tip: chain.tip });
    const publish = () => host.call("ai_publish_task", taskParams("by the chain's leave"));
    expect((await publish()).error?.data?.reason).toBe("unknown_author");
    host.event("block", chain.mine([author]));
    for (let i = 0; i < 20; i++) host.event("block", chain.mine());
    host.event("tip", { tip: chain.tip });
    let published = await publish();
    while (published.error?.data?.reason === "unknown_author") published = await publish();
    expect(published.result).toMatchObject({ record: { author } });
    await host.shutdown();
  });

  it("keys that never signed here sign from the next day, unless the host says that they are fresh", async () => {
    const keys = new Keys();
    const author = keys.make();
    const host = await started({ sign: keys.sign });
    await host.init(await directory(), { signer: { node: null, authors: [author] } });
    expect((await host.call("ai_publish_task", taskParams("too early"))).error).toMatchObject({
      data: { reason: "store_missing" },
    });
    await host.shutdown();
  });

  it("the start fails if another program signs with the key, or if a signature is invalid", async () => {
    const keys = new Keys();
    const [node, author, other] = [keys.make(), keys.make(), keys.make()];
    const wrong = await started({ sign: ({ message }) => keys.sign({ key: other, message }) });
    expect(await wrong.init(await directory(), { signer: { node, authors: [author] } })).toEqual({
      disable: expect.stringContaining("bad_signature: the host's signature does not verify under the key"),
    });
    expect(await wrong.exited).toEqual({ code: 0, signal: null });
    const none = await started({ sign: () => ({ signature: "00" }) });
    expect(await none.init(await directory(), { signer: { node, authors: [] } })).toEqual({
      disable: expect.stringContaining("bad_signature"),
    });
    const refused = await started({});
    await expect(refused.init(await directory(), { signer: { node, authors: [] } })).rejects.toMatchObject({
      code: -32603,
    });
    expect(refused.received.at(-1)?.error?.data).toEqual({ reason: "request_refused" });
    expect(await refused.exited).toEqual({ code: 70, signal: null });
  });
});

describe("managed nodes", () => {
  it("managed nodes of one chain agree on the records of one, and each signs with its host's keys", async () => {
    const [first, second] = await Promise.all(
      [0, 1].map(async () => {
        const keys = new Keys();
        const [node, author] = [keys.make(), keys.make()];
        return { host: await started({ sign: keys.sign }), signer: { node, authors: [author], fresh: [author] } };
      }),
    );
    if (first === undefined || second === undefined) throw new Error("two were started");
    const listen = ["/ip4/127.0.0.1/tcp/0"];
    const { multiaddrs } = await first.host.init(await directory(), { signer: first.signer, options: { listen } });
    const options = { listen, bootstrap: multiaddrs };
    await second.host.init(await directory(), { signer: second.signer, options });
    const published = [
      await first.host.ask("ai_publish_task", taskParams("from the first")),
      await second.host.ask("ai_publish_task", taskParams("from the second")),
    ];
    const wanted = published.map(({ task_id: id }) => String(id)).sort();
    const at = 60 * Math.ceil(Date.now() / 60_000);
    const believed = async (host: FakeHost): Promise<unknown> => {
      for (;;) {
        const { tasks } = await host.ask("ai_list_active_tasks");
        const ids = Array.isArray(tasks) ? tasks.map(({ task_id: id }) => String(id)).sort() : [];
        if (ids.join() === wanted.join()) return (await host.ask("ai_get_state_digest", { at })).digest;
      }
    };
    const digests = await Promise.all([first.host, second.host].map(believed));
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    await Promise.all([first.host.shutdown(), second.host.shutdown()]);
  });
});
