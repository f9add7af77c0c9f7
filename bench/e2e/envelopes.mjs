// The records of a file of make-records.mjs, and bundles of them.
import { readFileSync } from "node:fs";
import { encodeBundle } from "../../dist/protocol/bundle.js";

export function readEnvelopes(file) {
  // Not as a Buffer, whose slices are no copies.
  const bytes = new Uint8Array(readFileSync(file));
  const view = new DataView(bytes.buffer);
  const envelopes = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + view.getUint32(at);
    envelopes.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return envelopes;
}

export function bundlesOf(envelopes, size) {
  const bundles = [];
  for (let at = 0; at < envelopes.length; at += size) bundles.push(encodeBundle(envelopes.slice(at, at + size)));
  return bundles;
}
