import { createServer } from "node:net";
import { expect, test } from "vitest";
import { checkBootstrap } from "../../src/cli/checks/bootstrap-check.js";
import { fakeNode, run } from "../support/run-cli.js";

test("doctor dials each bootstrap address and shows the result with the cure", async () => {
  const server = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const open = await checkBootstrap([`/ip4/127.0.0.1/tcp/${port}`]);
  expect(open).toMatchObject([{ ok: true, detail: expect.stringContaining("accepts connections") }]);
  expect(open[0]?.cure).toBeUndefined();
  await new Promise((resolve) => server.close(resolve));
  const closed = await checkBootstrap([
    `/ip4/127.0.0.1/tcp/${port}`,
    "/dns4/nobody.invalid/tcp/1",
    "/ip4/127.0.0.1/udp/1",
  ]);
  expect(closed).toMatchObject([
    { detail: expect.stringContaining("refuses connections"), cure: expect.stringContaining("option listen") },
    { detail: expect.stringContaining("does not resolve"), cure: expect.stringContaining("DNS") },
  ]);
});

test("status shows advertised addresses and the result of each bootstrap address, peers --all every dial", async () => {
  const node = await fakeNode();
  const status = await node.cli(["status"]);
  expect(status.out).toContain("/dns4/node.example/tcp/2135 (/ip4/192.0.2.7/tcp/2135/p2p/12D3KooWfake)");
  expect(status.out).toContain("/ip4/127.0.0.1/tcp/2136: refuses connections: nothing listens at its port (3 tries");
  const peers = await node.cli(["peers", "--all"]);
  expect(peers.out).toContain("/ip4/127.0.0.1/tcp/2137: is a node of another network");
  expect((await node.cli(["peers"])).out).not.toContain("2137");
});

test("an address that cannot be used is refused on the command line with the reason", async () => {
  const cases = [
    ["--bootstrap", "/ip4/192.0.2.7/tcp/0", "port 0"],
    ["--bootstrap", "192.0.2.7:2135", "not a multiaddr"],
    ["--announce", "/ip4/192.0.2.7/udp/2135/quic-v1", "udp is not supported"],
    ["--announce", "/ip4/0.0.0.0/tcp/2135", "one machine"],
    ["--p2p-listen", "/dns4/localhost/tcp/2135", "IP address"],
  ] as const;
  for (const [flag, address, why] of cases) {
    const { code, err } = await run(["start", flag, address, "--dir-path", "/nonexistent/"]);
    expect([flag, address, code]).toEqual([flag, address, 2]);
    expect(err).toContain(`${flag} ${JSON.stringify(address)}`);
    expect(err).toContain(why);
  }
});
