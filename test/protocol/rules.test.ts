import { blake3 as hash } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ascii, u64 } from "../../src/protocol/bytes.js";
import { NetworkError } from "../../src/protocol/errors.js";
import {
  DEFAULT_RULES,
  type NetworkRules,
  networkLabel,
  parseRules,
  rulesDigest,
  standaloneGenesis,
} from "../../src/protocol/rules.js";
import { blake3, DEVNET, filled } from "../support/samples.js";

describe("rules digest and genesis", () => {
  test("the digest is BLAKE3 over the numbers of the protocol, a u64 each", () => {
    const numbers = [
      [1, 0, 600, 45, 40, 30, 60],
      [64, 256, 4096],
      [4096, 1024, 512, 8192, 256, 4096, 512, 10_240, 49_152],
      [1_048_576, 64, 65_536, 1],
      [86_400, 2, 225, 256, 10_000, 6000, 60, 60, 10, 300],
    ].flat();
    const bytes = numbers.flatMap((value) => [...u64(value)]);
    expect(rulesDigest(blake3, DEFAULT_RULES)).toEqual(
      hash(Uint8Array.of(...ascii("tos-ai-sync/rules/v1"), 0, ...bytes)),
    );
  });

  test("the genesis of a standalone devnet is BLAKE3 over network, name and rules", () => {
    const bytes = [...ascii("tos-ai-sync/genesis/v1"), 0, 3, 3, ...ascii("dev"), ...DEVNET.rulesDigest];
    expect(DEVNET.genesis).toEqual(hash(Uint8Array.from(bytes)));
  });

  test("each rule changes the digest", () => {
    const digests = new Set<string>();
    const change = (rules: NetworkRules) => digests.add(rulesDigest(blake3, rules).join());
    change(DEFAULT_RULES);
    let name: keyof NetworkRules;
    let count = 1;
    for (name in DEFAULT_RULES) {
      const value = DEFAULT_RULES[name];
      const values = typeof value === "number" ? [value + 1] : value.map((_, i) => value.with(i, 300));
      for (const other of values) change({ ...DEFAULT_RULES, [name]: other } as NetworkRules);
      count += values.length;
    }
    expect(digests.size).toBe(count);
  });

  test.each(["", "a".repeat(65), "é", "a\n"])("the name %j is refused", (name) => {
    expect(() => standaloneGenesis(blake3, 3, name, filled(0))).toThrow(NetworkError);
  });

  test("topics contain the name of the network", () => {
    expect([0, 1, 2, 3].map(networkLabel)).toEqual(["mainnet", "testnet", "stagenet", "dev"]);
  });
});

describe("a rules file", () => {
  test("an empty object gives the default", () => {
    expect(parseRules({})).toEqual({ ok: true, value: DEFAULT_RULES });
  });

  test("a given rule overrides the default", () => {
    const given = { shards: 4, quotas: [1, 2, 3], roundSeconds: 1 };
    expect(parseRules(given)).toEqual({ ok: true, value: { ...DEFAULT_RULES, ...given } });
  });

  test.each<[string, unknown]>([
    ["no object", 1],
    ["null", null],
    ["a list", []],
    ["an unknown rule", { colour: 1 }],
    ["an inherited name", JSON.parse('{"__proto__": {"shards": 2}}')],
    ["a method's name", { toString: 1 }],
    ["text for a number", { shards: "1" }],
    ["a fraction", { shards: 1.5 }],
    ["a list for a number", { shards: [1] }],
    ["a number for a list", { quotas: 1 }],
    ["a short list", { quotas: [1, 2] }],
    ["a long list", { quotas: [1, 2, 3, 4] }],
    ["a null rule", { shards: null }],
    ["an unknown registry kind", { registry: 3 }],
    ["no shards", { shards: 0 }],
    ["256 shards", { shards: 256 }],
    ["a quota of 0", { quotas: [0, 1, 1] }],
    ["a bundle that the largest certificate does not fit", { bundleMaxBytes: 49_999 }],
    ["windows that do not divide a day", { windowSeconds: 700 }],
    ["records that outlive their task", { horizonDays: 39 }],
    ["validations in time but past the maximum age", { taskMaxAgeDays: 30 }],
    ["validations in time but out of reach, by the window", { validationWindowSeconds: 11 * 86_400 }],
    ["alerts too small for two tasks", { payloadLimits: [8192, 1024, 512, 8192, 256, 4096, 512, 10_240, 49_152] }],
    ["certificates too small for a roster", { payloadLimits: [4096, 1024, 512, 8192, 256, 4096, 512, 10_240, 37_000] }],
    ["rounds longer than the longest", { roundSeconds: 301 }],
  ])("a rules file with %s is refused", (_, json) => {
    expect(parseRules(json)).toEqual({ ok: false, code: "bad_parameters" });
  });

  test("random JSON never throws", () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => typeof parseRules(json).ok === "boolean"));
  });
});
