import { join } from "node:path";
import { onTestFinished } from "vitest";
import { fromHex } from "../../src/protocol/bytes.js";
import { encodeHead, type MessageType } from "../../src/protocol/envelope.js";
import { createKey, type StoredKey } from "../../src/storage/signing/key-file.js";
import type { NumberedType } from "../../src/storage/signing/signing-entry.js";
import { type OwnRecord, type ReserveRequest, SigningStore } from "../../src/storage/signing/signing-store.js";
import { scratchDirectory } from "../support/scratch.js";
import { hash } from "./values.js";

export const DAY = 86_400;
/** Noon of a UTC day. */
export const NOON = 20_000 * DAY + DAY / 2;
export const AHEAD_SECONDS = 60;
export const RETENTION = { horizonDays: 45, taskMaxAgeDays: 40 };

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

/** A request with `text` as the payload of its head. */
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

/** A record of the key that no log of the test reserved. */
export function madeElsewhere(
  type: NumberedType,
  number: number,
  timestampSeconds: number,
  subject?: string,
): OwnRecord {
  const payload = new TextEncoder().encode("made elsewhere");
  const head = encodeHead({ type, network: 3, timestampSeconds, number, sender: PUBLIC_KEY, payload });
  return { id: hash(8), head, type, number, timestampSeconds, ...(subject === undefined ? {} : { subject }) };
}

/** Opens the store and closes it at the end of the test. */
export async function opened(key: StoredKey, nowSeconds = NOON): Promise<SigningStore> {
  const store = await openSigning(key, nowSeconds);
  onTestFinished(() => store.close());
  return store;
}

/** A new key with an empty log, open. */
export async function fresh(): Promise<{ key: StoredKey; log: string; store: SigningStore }> {
  const key = await newKey(join(await scratchDirectory(), "keys"));
  return { key, log: join(key.directory, "signing.log"), store: await opened(key) };
}
