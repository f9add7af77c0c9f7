import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { blake3 } from "@noble/hashes/blake3.js";
import { beforeAll, describe, expect, it } from "vitest";
import { networkIdentity } from "../../src/plugin/network-identity.js";
import { toHex } from "../../src/protocol/bytes.js";
import { makeDirectory } from "../support/scratch.js";

const hash = (input: Uint8Array): Uint8Array => blake3(input);
let directory: string;
beforeAll(async () => {
  const made = await makeDirectory();
  directory = made.path;
  return made.remove;
});

async function rules(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

describe("networkIdentity", () => {
  it("devnets of different names and rules have different geneses and digests", async () => {
    const plain = await networkIdentity(hash, { network: "devnet" });
    const named = await networkIdentity(hash, { network: "devnet", networkName: "other" });
    const rulesFile = await rules("fast.json", '{"validationWindowSeconds": 60}');
    const fast = await networkIdentity(hash, { network: "devnet", rulesFile });
    expect(new Set([plain, named, fast].map(({ genesis }) => toHex(genesis))).size).toBe(3);
    expect(toHex(plain.rulesDigest)).toBe(toHex(named.rulesDigest));
    expect(toHex(plain.rulesDigest)).not.toBe(toHex(fast.rulesDigest));
    expect(fast.rules.validationWindowSeconds).toBe(60);
  });

  it("the rules say whether a registry is listed", async () => {
    const listed = await networkIdentity(hash, { network: "mainnet", registryFile: "registry.json" });
    expect(listed.rules.registry).toBe(1);
  });

  it("a registry of everyone, and a rules file, are refused on any network but a devnet", async () => {
    await expect(networkIdentity(hash, { network: "testnet" })).rejects.toThrow(/registry/);
    const rulesFile = await rules("any.json", "{}");
    const choice = { network: "testnet", registryFile: "r.json", rulesFile } as const;
    await expect(networkIdentity(hash, choice)).rejects.toThrow(/devnet/);
  });

  it.each([
    ["not JSON", "{", "invalid_json"],
    ["a rule that stands twice", '{"shards": 1, "shards": 2}', "invalid_json"],
    ["an unknown rule", '{"speed": 1}', "bad_parameters"],
    ["a value out of range", '{"shards": 0}', "bad_parameters"],
  ])("a rules file with %s is refused", async (name, content, code) => {
    const rulesFile = await rules(`${name}.json`, content);
    await expect(networkIdentity(hash, { network: "devnet", rulesFile })).rejects.toMatchObject({ code });
  });

  it("names that do not fit into the genesis are refused", async () => {
    await expect(networkIdentity(hash, { network: "devnet", networkName: "" })).rejects.toThrow(/name/);
    await expect(networkIdentity(hash, { network: "devnet", networkName: "x".repeat(65) })).rejects.toThrow(/name/);
  });
});
