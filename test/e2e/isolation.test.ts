import { expect, onTestFinished, test } from "vitest";
import { readInitParams } from "../../src/plugin/managed/start-params.js";
import { openStandalone } from "../../src/plugin/standalone-parts.js";
import { LocalNode } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";

async function started(name: string, bootstrap: readonly string[]): Promise<LocalNode> {
  const directory = await makeDirectory();
  const node = await LocalNode.start(`${directory.path}/${name}/`, bootstrap);
  onTestFinished(async () => {
    await node.stop();
    await directory.remove();
  });
  return node;
}

test("a node that loses its last peer is not in sync, and health shows the cure", async () => {
  const directory = await makeDirectory();
  onTestFinished(() => directory.remove());
  const a = await LocalNode.start(`${directory.path}/a/`);
  const { address } = a;
  const b = await started("b", [address]);
  expect(a.control.health().faults.filter(({ component }) => component === "network")).toEqual([]);
  await b.until(async (control) => control.info().sync.inSync || undefined);
  expect(b.control.info().reach).toMatchObject({ state: "connected", bootstrap: [{ state: "connected" }] });
  await a.stop();
  const fault = await b.until(async (control) =>
    control.health().faults.find(({ component, code }) => component === "network" && code === "isolated"),
  );
  expect(fault).toMatchObject({
    status: "degraded",
    text: expect.stringContaining(address),
    cure: expect.any(String),
  });
  expect(b.control.info().sync.inSync).toBe(false);
  expect(b.control.info().peerCount).toBe(0);
});

test("a node whose bootstrap address refuses reports the refusal before its first peer", async () => {
  const node = await started("c", ["/ip4/127.0.0.1/tcp/1"]);
  const { text, cure } = await node.until(async (control) =>
    control.health().faults.find(({ code }) => code === "bootstrap_unreachable"),
  );
  expect([text, cure]).toEqual([
    expect.stringContaining("refuses connections"),
    expect.stringContaining("option listen"),
  ]);
  expect(node.control.info().sync.inSync).toBe(false);
});

test("the library and a host each pass advertised addresses, as many as a hello holds", async () => {
  const directory = await makeDirectory();
  onTestFinished(() => directory.remove());
  const announce = ["/ip4/192.0.2.7/tcp/2135"];
  const options = { dirPath: `${directory.path}/d/`, networkName: "e2e", listen: ["/ip4/127.0.0.1/tcp/0"], announce };
  const parts = await openStandalone(options);
  expect(parts.options.announce).toEqual(announce);
  await parts.close();
  const init = (addresses: readonly string[]) => ({
    cookie: "c",
    network: "devnet",
    genesis: "00".repeat(32),
    data_dir: "/data/",
    tip: null,
    signer: { node: null, authors: [] },
    registry: "everyone",
    options: { announce: addresses },
    host: { name: "host", version: "1" },
  });
  expect(readInitParams(init(announce)).options.announce).toEqual(announce);
  expect(() => readInitParams(init(Array(9).fill(announce[0])))).toThrow(/announce/);
});
