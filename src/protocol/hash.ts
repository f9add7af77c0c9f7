import { ascii, concatBytes } from "./bytes.js";

/** BLAKE3-256, unkeyed: bytes in, 32 new bytes out. It is injected, so pure code is independent of the backend. */
export type Blake3 = (input: Uint8Array) => Uint8Array;

/** {@link Blake3}, and hashes of data that comes in parts. */
export interface StreamingBlake3 extends Blake3 {
  create(): Blake3Stream;
}

/** One unfinished hash. It ends with its digest or is destroyed. */
export interface Blake3Stream {
  update(part: Uint8Array): unknown;
  /** 32 new bytes. */
  digest(): Uint8Array;
  /** Idempotent, also after the digest. */
  destroy(): void;
}

/** The domain tags of protocol.md: `H(name; ...)` is BLAKE3 over `tos-ai-sync/<name>/v1`, 0x00, then the fields. */
export type HashName =
  | "rules"
  | "genesis"
  | "record"
  | "body"
  | "bodies"
  | "gossip"
  | "salt"
  | "registry"
  | "window"
  | "compare"
  | "item"
  | "seat"
  | "state"
  | "day"
  | "task"
  | "roster"
  | "verdict"
  | "leader"
  | "certificate";

const prefixes = new Map<string, Uint8Array>();

/** ASCII `tos-ai-sync/<name>/v1` and a zero byte. */
export function tag(name: HashName | "envelope" | "nonce" | "hello" | "body-proof"): Uint8Array {
  let prefix = prefixes.get(name);
  if (prefix === undefined) {
    prefix = concatBytes([ascii(`tos-ai-sync/${name}/v1`), Uint8Array.of(0)]);
    prefixes.set(name, prefix);
  }
  return prefix;
}

/** H(name; fields) of protocol.md, Conventions. */
export function taggedHash(blake3: Blake3, name: HashName, fields: readonly Uint8Array[]): Uint8Array {
  return blake3(concatBytes([tag(name), ...fields]));
}
