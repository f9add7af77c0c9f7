import { fromHex } from "../../src/protocol/bytes.js";
import { encodeHead, type MessageType } from "../../src/protocol/envelope.js";
import { createKey, type StoredKey } from "../../src/storage/key-file.js";
import { type ReserveRequest, SigningStore } from "../../src/storage/signing-store.js";
import { hash } from "./scratch.js";

export const DAY = 86_400;
/** Noon of some UTC day. */
export const NOON = 20_000 * DAY + DAY / 2;
export const AHEAD_SECONDS = 60;
export const RETENTION = { horizonDays: 45, taskReachDays: 40 };

export const PUBLIC_KEY = fromHex(hash(2)) ?? new Uint8Array(0);

export function newKey(keysPath: string, name = "first"): Promise<StoredKey> {
  return createKey(keysPath, name, {
    kind: "author",
    network: "devnet",
    privateKey: new Uint8Array(32).fill(1),
    publicKey: PUBLIC_KEY,
    nowSeconds: NOON,
    firstDay: 0,
  });
}

export function openSigning(key: StoredKey, nowSeconds = NOON): Promise<SigningStore> {
  return SigningStore.open({ key, nowSeconds, aheadSeconds: AHEAD_SECONDS, retention: RETENTION });
}

/** A request whose head carries `text` as its payload. */
export function request(type: MessageType, text: string, change: Partial<ReserveRequest> = {}): ReserveRequest {
  return {
    type,
    nowSeconds: NOON,
    quotas: [64, 256, 4096],
    aheadSeconds: AHEAD_SECONDS,
    build: (number, timestampSeconds) => {
      const payload = new TextEncoder().encode(text);
      return { head: encodeHead({ type, network: 3, timestampSeconds, number, sender: PUBLIC_KEY, payload }) };
    },
    ...change,
  };
}
