import { bech32 } from "@scure/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeAddress, encodeAddress } from "../../src/protocol/address.js";
import { hashBytes } from "../../src/protocol/records.js";

const H = "8c9240b456a9e6dc65c377a1048d745f94a08cdb7f44cbcd7b46f34048871134";
const DEV = "043fa8495c7a031f2c7a68c602eaa36d5a744fa69e44822f6b7e13f5cc2a7410";
const PUBLISHED = "3cc4fec02e2342dca15352d5c5c27135f9e42c5805c07ca9dc500e000f89a665";

describe("TOS addresses", () => {
  test.each([
    [H, 0, "tos13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qq83fpue"],
    [H, 3, "tst13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qqupqq54"],
    [DEV, 0, "tos1qsl6sj2u0gp37tr6drrq964rd4d8gnaxnezgytmt0cfltnp2wsgqqak28je"],
    [DEV, 1, "tst1qsl6sj2u0gp37tr6drrq964rd4d8gnaxnezgytmt0cfltnp2wsgqqxxrx64"],
    [PUBLISHED, 0, "tos18nz0aspwydpdeg2n2t2utsn3xhu7gtzcqhq8e2wu2q8qqruf5ejsqmlz5u9"],
  ])("%s on network %i", (key, network, address) => {
    expect(encodeAddress(hashBytes(key), network)).toBe(address);
    expect(decodeAddress(address, network)).toEqual({ ok: true, value: hashBytes(key) });
  });

  test.each([
    [H, 0, "tos:3jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qq83fpue"],
    [H, 2, "tst:3jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qqupqq54"],
  ])("%s on network %i with the older separator", (key, network, address) => {
    expect(encodeAddress(hashBytes(key), network, ":")).toBe(address);
    expect(decodeAddress(address, network)).toEqual({ ok: true, value: hashBytes(key) });
  });

  test("the miner address of a running daemon is read and written in the same form", () => {
    const miner = "tst12nqj2yux062czsedxyj3ux4wa34ph2gnx0nqj7cnya485y9e8dpsqy2qpmh";
    const key = decodeAddress(miner, 3);
    expect(key.ok && encodeAddress(key.value, 3)).toBe(miner);
  });

  test.each([
    ["another network's prefix", "tst13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qqupqq54", 0],
    ["a damaged checksum", "tos13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qq83fpuq", 0],
    ["mixed case", "tos13Jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qq83fpue", 0],
    ["nothing", "", 0],
    ["only a prefix", "tos1", 0],
    ["both separators", "tos:1jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qq83fpue", 0],
    ["the type byte first", bech32.encode("tos", bech32.toWords(Uint8Array.of(0, ...hashBytes(H))), false), 0],
  ])("%s is refused", (_, text, network) => {
    expect(decodeAddress(text, network)).toEqual({ ok: false, code: "bad_parameters" });
  });

  test("an integrated address is refused", () => {
    const words = bech32.toWords(Uint8Array.of(...hashBytes(H), 1, 0xab));
    expect(decodeAddress(bech32.encode("tos", words, false), 0).ok).toBe(false);
  });

  test("every key and network decodes to what was encoded", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.integer({ min: 0, max: 3 }), (key, network) => {
        for (const separator of ["1", ":"] as const) {
          expect(decodeAddress(encodeAddress(key, network, separator), network)).toEqual({ ok: true, value: key });
        }
      }),
    );
  });

  test("random text never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => decodeAddress(`tos1${text}`, 0).ok === false));
  });
});
