// What attackers send.
import { randomBytes } from "node:crypto";
import { encodeBundle } from "../../dist/protocol/bundle.js";
import { BUNDLE_RECORDS } from "./shape.mjs";

const SIGNATURE_BYTES = 96;
const GARBAGE_BYTES = 16_384;

/** The envelope with another s: its challenge still fits, so only the curve shows that it is bad. */
function damaged(envelope, round) {
  const copy = envelope.slice();
  copy[copy.length - SIGNATURE_BYTES + (round % 16)] ^= 1 + (round % 255);
  return copy;
}

function shuffled(list) {
  return list
    .map((entry) => ({ entry, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ entry }) => entry);
}

/** Of each name a function that gives the bundle of a round, from valid envelopes. */
export const ATTACKS = {
  "one bad signature a bundle": (envelopes, round) => {
    const from = (round * BUNDLE_RECORDS) % (envelopes.length - BUNDLE_RECORDS);
    const [first, ...others] = envelopes.slice(from, from + BUNDLE_RECORDS);
    return encodeBundle([...others, damaged(first, round)]);
  },
  "all signatures bad": (envelopes, round) =>
    encodeBundle(envelopes.slice(0, BUNDLE_RECORDS).map((envelope) => damaged(envelope, round))),
  "renewed identities": (envelopes, round) =>
    encodeBundle(envelopes.slice(0, BUNDLE_RECORDS).map((envelope) => damaged(envelope, round))),
  duplicates: (envelopes) => encodeBundle(shuffled(envelopes.slice(0, BUNDLE_RECORDS))),
  garbage: () => new Uint8Array(randomBytes(GARBAGE_BYTES)),
};

/** This attack takes a new identity after so many bundles: one fewer than a node takes before it closes. */
export const RENEWED = { name: "renewed identities", bundles: 2 };
