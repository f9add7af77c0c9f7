import { bech32 } from "@scure/base";
import { fail, ok, type Result } from "./errors.js";

/** TOS addresses (reference 4.4): bech32 over key || type byte; `tos` on mainnet, `tst` elsewhere. */
const NORMAL_ADDRESS = 0;

function prefixOf(network: number): "tos" | "tst" {
  return network === 0 ? "tos" : "tst";
}

/**
 * Address of a 32-byte public key, with the separator `1` that the chain has used since September 2025, or the older
 * `:` of the daemons before. The checksum is the same.
 */
export function encodeAddress(publicKey: Uint8Array, network: number, separator: "1" | ":" = "1"): string {
  const prefix = prefixOf(network);
  const words = bech32.toWords(Uint8Array.of(...publicKey, NORMAL_ADDRESS));
  return `${prefix}${separator}${bech32.encode(prefix, words, false).slice(prefix.length + 1)}`;
}

/**
 * Key of a normal address of this network, with either separator (`1`, or the older `:`).
 * Integrated addresses, other prefixes and bad checksums are `bad_parameters`.
 */
export function decodeAddress(text: string, network: number): Result<Uint8Array> {
  const prefix = prefixOf(network);
  const standard = text.startsWith(`${prefix}:`) ? `${prefix}1${text.slice(prefix.length + 1)}` : text;
  const decoded = bech32.decodeUnsafe(standard, false);
  if (decoded === undefined || decoded.prefix !== prefix) return fail("bad_parameters");
  const bytes = bech32.fromWordsUnsafe(decoded.words);
  if (bytes?.length !== 33 || bytes[32] !== NORMAL_ADDRESS) return fail("bad_parameters");
  return ok(bytes.slice(0, 32));
}
