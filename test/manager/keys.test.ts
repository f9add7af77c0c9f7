import { describe, expect, it } from "vitest";
import { ReferenceKernel } from "../../src/kernel/index.js";
import { makeKey, openKeyring } from "../../src/manager/keyring.js";
import { NodeSigner } from "../../src/manager/node-signer.js";
import { fromHex } from "../../src/protocol/bytes.js";
import { identityOf } from "../simulation/fake-signer.js";
import { scratch } from "../storage/scratch.js";

const identity = identityOf();
const NOW_SECONDS = 1_800_000_000;
const TESTNET = 1;

describe("the keys of a node", () => {
  it("are made at the first start and found again; the oldest author signs for callers that name none", async () => {
    const kernel = new ReferenceKernel("test");
    const path = await scratch();
    const first = await openKeyring(path, kernel, identity, NOW_SECONDS);
    await makeKey(path, "another", "author", kernel, identity.network, NOW_SECONDS + 1);
    const again = await openKeyring(path, kernel, identity, NOW_SECONDS + 2);
    expect(again.nodeKey).toBe(first.nodeKey);
    expect(again.authors.map(({ name }) => name)).toEqual(["default", "another"]);
    expect(again.authors[0]?.key).toBe(first.authors[0]?.key);
  });

  it("leave the node's own name to the node, which could not start without it", async () => {
    const kernel = new ReferenceKernel("test");
    const path = await scratch();
    const made = makeKey(path, "node", "author", kernel, identity.network, NOW_SECONDS);
    await expect(made).rejects.toMatchObject({ code: "bad_parameters" });
    expect((await openKeyring(path, kernel, identity, NOW_SECONDS)).authors.length).toBe(1);
  });

  it("stop the start where one belongs to another network", async () => {
    const kernel = new ReferenceKernel("test");
    const path = await scratch();
    await makeKey(path, "stray", "author", kernel, TESTNET, NOW_SECONDS);
    await expect(openKeyring(path, kernel, identity, NOW_SECONDS)).rejects.toMatchObject({
      code: "key_unreadable",
      message: expect.stringContaining("belongs to testnet"),
    });
  });

  it("prove a right to a body on one connection only", async () => {
    const kernel = new ReferenceKernel("test");
    const { node, authors } = await openKeyring(await scratch(), kernel, identity, NOW_SECONDS);
    const author = authors[0]?.key ?? "";
    let salt: string | undefined = "11".repeat(32);
    const signer = new NodeSigner({
      kernel,
      identity,
      node,
      author: (key) => authors.find((held) => held.key === key)?.signer,
      salt: () => salt,
      nowMs: () => NOW_SECONDS * 1000,
    });
    const requestId = "22".repeat(16);
    const hash = "33".repeat(32);
    const asked = await signer.request("p", { kind: "body", requestId, hash }, author);
    const access = asked.kind === "body" ? asked.access : undefined;
    expect(fromHex(access?.proof ?? "", 96)).toBeDefined();
    const claim = { peer: "p", requestId, author, hash, proof: access?.proof ?? "" };
    expect(await signer.checkProof(claim)).toBe(true);
    expect(await signer.checkProof({ ...claim, hash: "44".repeat(32) })).toBe(false);
    expect(await signer.checkProof({ ...claim, author: "00".repeat(32) })).toBe(false);
    salt = "55".repeat(32);
    expect(await signer.checkProof(claim)).toBe(false);
    salt = undefined;
    expect(await signer.checkProof(claim)).toBe(false);
    await expect(signer.request("p", { kind: "body", requestId, hash }, author)).rejects.toMatchObject({
      code: "peer_gone",
    });
  });
});
