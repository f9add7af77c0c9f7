import { afterEach, describe, expect, test, vi } from "vitest";
import { NetworkWorld } from "./network-world.js";

vi.mock("../../src/network/libp2p-node.js", () => import("./network/libp2p-node.js"));
vi.mock("node:timers/promises", () => import("./platform/timers-promises.js"));
vi.mock("node:os", async (original) => {
  const { networkInterfaces } = await import("./platform/interfaces.js");
  return { ...(await original<typeof import("node:os")>()), networkInterfaces };
});

let world: NetworkWorld | undefined;

function open(...parameters: ConstructorParameters<typeof NetworkWorld>): NetworkWorld {
  world = new NetworkWorld(...parameters);
  return world;
}

afterEach(() => {
  world?.close();
  world = undefined;
});

describe("the simulated network", () => {
  test("connects nodes and reports each peer with its facts and its clock", async () => {
    const w = open(1);
    const [a, b] = [w.add(), w.add()];
    await w.run(10);
    expect(a.ready).toHaveLength(1);
    expect(b.ready).toHaveLength(1);
    expect(b.ready[0]?.facts).toMatchObject({
      dialed: true,
      chosen: true,
      addressGroup: "4:0a000001",
      agent: "test/1",
    });
    expect(a.ready[0]?.facts).toMatchObject({ dialed: false });
    expect(Math.abs((a.ready[0]?.clock?.clockMs ?? 0) - w.schedule.nowMs)).toBeLessThan(11_000);
    expect(a.subscribed).toHaveLength(1);
    expect(a.network?.reach.isolation).toBeUndefined();
  });
});
