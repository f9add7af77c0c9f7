import { readU32, writeU32 } from "./bytes.js";
import { fail, ok, type Result } from "./errors.js";
import type { NetworkRules } from "./rules.js";

export type BundleLimits = Pick<NetworkRules, "bundleMaxCount" | "bundleMaxBytes">;

/** Each envelope after its u32 length. The caller respects {@link BundleLimits}; see {@link packBundles}. */
export function encodeBundle(envelopes: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const envelope of envelopes) length += 4 + envelope.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const envelope of envelopes) {
    writeU32(out, offset, envelope.length);
    out.set(envelope, offset + 4);
    offset += 4 + envelope.length;
  }
  return out;
}

/** Splits envelopes, in order, into as few bundles as the limits allow. */
export function packBundles(envelopes: readonly Uint8Array[], limits: BundleLimits): Uint8Array[] {
  const bundles: Uint8Array[] = [];
  let current: Uint8Array[] = [];
  let bytes = 0;
  for (const envelope of envelopes) {
    const size = 4 + envelope.length;
    if (current.length > 0 && (current.length === limits.bundleMaxCount || bytes + size > limits.bundleMaxBytes)) {
      bundles.push(encodeBundle(current));
      current = [];
      bytes = 0;
    }
    current.push(envelope);
    bytes += size;
  }
  if (current.length > 0) bundles.push(encodeBundle(current));
  return bundles;
}

/** The envelopes of a bundle as views; a bundle is 1 to 64 envelopes, at most 64 KiB, nothing after. */
export function decodeBundle(bytes: Uint8Array, limits: BundleLimits): Result<Uint8Array[]> {
  if (bytes.length > limits.bundleMaxBytes) return fail("bundle_too_large");
  const envelopes: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes.length - offset < 4) return fail("bundle_layout");
    const length = readU32(bytes, offset);
    offset += 4;
    if (length > bytes.length - offset) return fail("bundle_layout");
    if (envelopes.length === limits.bundleMaxCount) return fail("bundle_layout");
    envelopes.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  return envelopes.length === 0 ? fail("bundle_layout") : ok(envelopes);
}
