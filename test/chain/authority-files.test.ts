import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { blake3 } from "@noble/hashes/blake3.js";
import { beforeAll, describe, expect, it } from "vitest";
import { readRegistryFile, readRosterFile } from "../../src/chain/index.js";
import { toHex, u16, u32 } from "../../src/protocol/bytes.js";
import { DEFAULT_RULES, type NetworkIdentity } from "../../src/protocol/rules.js";
import { makeDirectory } from "../support/scratch.js";

const hash = (input: Uint8Array): Uint8Array => blake3(input);
const identity: NetworkIdentity = {
  network: 3,
  genesis: new Uint8Array(32).fill(7),
  rules: DEFAULT_RULES,
  rulesDigest: new Uint8Array(32),
};
/** Private key 1: the fixed vector of the chain's devnet bootstrap address. */
const KEY = "8c9240b456a9e6dc65c377a1048d745f94a08cdb7f44cbcd7b46f34048871134";
const ADDRESS = "tst13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qqupqq54";
const OTHER = "01".repeat(32);

let directory: string;
beforeAll(async () => {
  const made = await makeDirectory();
  directory = made.path;
  return made.remove;
});

async function file(content: unknown): Promise<string> {
  const path = join(directory, `${Math.floor(performance.now() * 1000)}.json`);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

async function registry(content: unknown): Promise<ReturnType<typeof readRegistryFile>> {
  return readRegistryFile(await file(content), hash, identity, []);
}

describe("registry file", () => {
  it("a registry file takes hex keys and addresses, and its digest is over sorted keys", async () => {
    const facts = await registry({
      network: "devnet",
      authors: [
        { key: ADDRESS, weight: 5 },
        { key: OTHER, weight: 7 },
      ],
    });
    const spelled = Buffer.concat([
      Buffer.from("tos-ai-sync/registry/v1\0"),
      identity.genesis,
      u32(2),
      Buffer.from(OTHER, "hex"),
      u16(7),
      Buffer.from(KEY, "hex"),
      u16(5),
    ]);
    expect(facts.registryDigest).toBe(toHex(hash(spelled)));
    expect(facts.registry.kind === "listed" && facts.registry.authors.get(KEY)).toEqual({ weight: 5, fromSeconds: 0 });
  });

  it.each([
    ["not JSON", "{", "invalid_json"],
    ["a name that stands twice", '{"network":"devnet","authors":[],"authors":[]}', "invalid_json"],
    ["another network", { network: "mainnet", authors: [] }, "bad_parameters"],
    ["a field too many", { network: "devnet", authors: [], extra: 1 }, "bad_parameters"],
    ["a weight of nothing", { network: "devnet", authors: [{ key: KEY, weight: 0 }] }, "bad_parameters"],
    ["a weight above the rule", { network: "devnet", authors: [{ key: KEY, weight: 10_001 }] }, "bad_parameters"],
    ["a key that is none", { network: "devnet", authors: [{ key: "abc", weight: 1 }] }, "bad_parameters"],
    [
      "a key twice, in two forms",
      {
        network: "devnet",
        authors: [
          { key: KEY, weight: 1 },
          { key: ADDRESS, weight: 1 },
        ],
      },
      "bad_parameters",
    ],
  ])("a registry file with %s is refused", async (_name, content, code) => {
    await expect(registry(content)).rejects.toMatchObject({ code });
  });

  it("the error names the unreadable file", async () => {
    await expect(readRegistryFile(join(directory, "none"), hash, identity, [])).rejects.toThrow(/none/);
  });
});

describe("roster file", () => {
  it("rosters are sorted by day, and a roster that is too large keeps the greatest weights", async () => {
    const members = Array.from({ length: 300 }, (_, i) => ({
      key: (i + 1).toString(16).padStart(64, "0"),
      weight: 1 + (i % 3),
    }));
    const path = await file({
      network: "devnet",
      rosters: [
        { from_day: 20, members },
        { from_day: 10, members: members.slice(0, 2) },
      ],
    });
    const rosters = await readRosterFile(path, identity);
    expect(rosters.map(({ fromDay, members: kept }) => [fromDay, kept.length])).toEqual([
      [10, 2],
      [20, 256],
    ]);
    const weights = rosters[1]?.members.map(({ weight }) => weight) ?? [];
    expect(weights.filter((weight) => weight === 1).length).toBe(56);
  });

  it("a roster file with a duplicate day is refused", async () => {
    const path = await file({
      network: "devnet",
      rosters: [
        { from_day: 1, members: [] },
        { from_day: 1, members: [] },
      ],
    });
    await expect(readRosterFile(path, identity)).rejects.toMatchObject({ code: "bad_parameters" });
  });
});
