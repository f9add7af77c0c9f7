import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ReferenceKernel } from "../../src/kernel/index.js";
import { NodeSigner } from "../../src/manager/outbound/node-signer.js";
import { makeKey, openKeyring } from "../../src/manager/publish/keyring.js";
import { fromHex, toHex } from "../../src/protocol/bytes.js";
import { bodiesHash } from "../../src/protocol/sync-messages.js";
import { newPrivateKey } from "../support/keys.js";
import { scratchDirectory } from "../support/scratch.js";
import { blake3, identityOf } from "../support/simulation/fake-signer.js";

const identity = identityOf();
const NOW_SECONDS = 1_800_000_000;
const TESTNET = 1;

describe("the keys of a node", () => {
  it("The first start makes keys, later starts find them; the oldest author signs for callers that name none.", async () => {
    const kernel = new ReferenceKernel("test");
    const path = await scratchDirectory();
    const first = await openKeyring(path, kernel, identity, NOW_SECONDS);
    await makeKey(path, "another", "author", kernel, identity.network, NOW_SECONDS + 1);
    const again = await openKeyring(path, kernel, identity, NOW_SECONDS + 2);
    expect(again.nodeKey).toBe(first.nodeKey);
    expect(again.authors.map(({ name }) => name)).toEqual(["default", "another"]);
    expect(again.authors[0]?.key).toBe(first.authors[0]?.key);
  });

  it("An author key can't have the name of the node key.", async () => {
    const kernel = new ReferenceKernel("test");
    const path = await scratchDirectory();
    const made = makeKey(path, "node", "author", kernel, identity.network, NOW_SECONDS);
    await expect(made).rejects.toMatchObject({ code: "bad_parameters" });
    expect((await openKeyring(path, kernel, identity, NOW_SECONDS)).authors.length).toBe(1);
  });

  it("A key of another network stops the start.", async () => {
    const kernel = new ReferenceKernel("test");
    const path = await scratchDirectory();
    await makeKey(path, "stray", "author", kernel, TESTNET, NOW_SECONDS);
    await expect(openKeyring(path, kernel, identity, NOW_SECONDS)).rejects.toMatchObject({
      code: "key_unreadable",
      message: expect.stringContaining("belongs to testnet"),
    });
  });

  it("A key of a host has a directory with its log and without a private half, named by the key.", async () => {
    const kernel = new ReferenceKernel("test");
    const path = await scratchDirectory();
    const secret = newPrivateKey();
    const publicKey = kernel.publicKey(secret);
    const signer = { publicKey, sign: async (message: Uint8Array) => kernel.sign(secret, message) };
    const hosted = { node: signer, authors: [{ signer, fresh: true }] };
    const first = await openKeyring(path, kernel, identity, NOW_SECONDS, hosted);
    const name = `host-${toHex(publicKey).slice(0, 24)}`;
    expect(await readdir(path)).toEqual([name]);
    expect(first.authors.map(({ name, key }) => [name, key])).toEqual([[name, toHex(publicKey)]]);
    expect([first.nodeKey, first.authors[0]?.stored.privateKey]).toEqual([toHex(publicKey), undefined]);
    const text = await readFile(join(path, name, "key.json"), "utf8");
    expect(text).not.toContain(toHex(secret));
    // Without its host the key signs nothing, and the node makes its own keys.
    const alone = await openKeyring(path, kernel, identity, NOW_SECONDS);
    expect(alone.authors.map(({ name }) => name)).toEqual(["default"]);
    // A former own key of this node keeps its log: an author has one log, whatever signs.
    const own = alone.authors[0];
    if (own === undefined) throw new Error("it was made");
    const moved = { node: undefined, authors: [{ signer: own.signer, fresh: true }] };
    const taken = await openKeyring(path, kernel, identity, NOW_SECONDS, moved);
    expect(taken.authors.map(({ name, stored }) => [name, stored.directory])).toEqual([
      ["default", own.stored.directory],
    ]);
    await writeFile(join(path, name, "key.json"), text.replace('"host"', '"somebody"'));
    await expect(openKeyring(path, kernel, identity, NOW_SECONDS)).rejects.toMatchObject({ code: "key_unreadable" });
  });

  it("A body proof is valid on one connection and for the requested bodies only.", async () => {
    const kernel = new ReferenceKernel("test");
    const { node, authors } = await openKeyring(await scratchDirectory(), kernel, identity, NOW_SECONDS);
    const author = authors[0]?.key ?? "";
    let salt: string | undefined = "11".repeat(32);
    const signer = new NodeSigner({
      kernel,
      identity,
      blake3,
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
    const many = await signer.request("p", { kind: "bodies", requestId, hashes: ["66".repeat(32), hash] }, author);
    const manyProof = many.kind === "bodies" ? many.access?.proof : undefined;
    const manyHash = bodiesHash(blake3, ["66".repeat(32), hash]);
    expect(await signer.checkProof({ peer: "p", requestId, author, hash: manyHash, proof: manyProof ?? "" })).toBe(
      true,
    );
    expect(await signer.checkProof({ peer: "p", requestId, author, hash, proof: manyProof ?? "" })).toBe(false);
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
