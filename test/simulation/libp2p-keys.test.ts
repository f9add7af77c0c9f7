import { privateKeyFromProtobuf as realKey } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { afterEach, expect, test } from "vitest";
import { setPlatform } from "./platform/ambient.js";
import { generateKeyPair, peerIdOf, privateKeyFromProtobuf, privateKeyToProtobuf } from "./platform/libp2p-keys.js";
import { Random } from "./world/random.js";
import { Schedule } from "./world/schedule.js";

function seeded(seed: number): void {
  setPlatform({ schedule: new Schedule(0), random: new Random(seed) } as Parameters<typeof setPlatform>[0]);
}

afterEach(() => setPlatform(undefined));

test("keys of libp2p come from the seed, with the peer id that libp2p gives them", async () => {
  const made: Uint8Array[] = [];
  for (const seed of [1, 1, 2]) {
    seeded(seed);
    made.push(privateKeyToProtobuf(await generateKeyPair("Ed25519")));
  }
  const [first, same, other] = made as [Uint8Array, Uint8Array, Uint8Array];
  expect(same).toEqual(first);
  expect(other).not.toEqual(first);
  expect(privateKeyFromProtobuf(first).type).toBe("Ed25519");
  expect(peerIdOf(first)).toBe(peerIdFromPrivateKey(realKey(first)).toString());
});
