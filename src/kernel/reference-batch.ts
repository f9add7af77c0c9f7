import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { mulAddUnsafe } from "@noble/curves/abstract/curve.js";
import { toHex } from "../protocol/bytes.js";
import { type SignedItem, tableCode } from "../protocol/table.js";
import {
  type CheckedSignature,
  checkPoints,
  equationHolds,
  H,
  Point,
  type RistrettoPoint,
  readLittleEndian,
} from "./reference-signatures.js";

/** Signatures of one equation, as in the other backends. */
const CHUNK = 64;
/**
 * Points added in one turn of the event loop, about 8 ms. Each turn repeats the doublings, so with fewer points a batch
 * costs as much as single checks. The whole sum in one turn would block the loop for 25 ms.
 */
const POINTS_PER_TURN = 32;

interface Term {
  readonly point: RistrettoPoint;
  scalar: bigint;
}

/** One verdict byte per item, in order. Each signature and each part of a sum takes one turn of the event loop. */
export async function verifyInBatches(items: readonly SignedItem[]): Promise<Uint8Array> {
  const verdicts = new Uint8Array(items.length);
  for (let from = 0; from < items.length; from += CHUNK) {
    const members: { readonly index: number; readonly signature: CheckedSignature }[] = [];
    for (let index = from; index < Math.min(from + CHUNK, items.length); index++) {
      await setImmediate();
      const checked = checkPoints(items[index] as SignedItem);
      if (typeof checked === "string") verdicts[index] = tableCode(checked);
      else members.push({ index, signature: checked });
    }
    if (members.length > 1 && (await allHold(members.map(({ signature }) => signature)))) continue;
    for (const { index, signature } of members) {
      await setImmediate();
      verdicts[index] = equationHolds(signature) ? 0 : tableCode("bad_signature");
    }
  }
  return verdicts;
}

/**
 * `sum z_i (s_i*H - e_i*P_i - R_i) == 0` with random 128-bit z_i, drawn after everything else is fixed. A batch with a
 * bad member passes with probability 2^-128.
 */
async function allHold(members: readonly CheckedSignature[]): Promise<boolean> {
  const random = randomBytes(16 * members.length);
  const base: Term = { point: H, scalar: 0n };
  const signers = new Map<string, Term>();
  const commitments: Term[] = [];
  for (const [index, { s, e, key, commitment, publicKey }] of members.entries()) {
    const z = readLittleEndian(random.subarray(16 * index, 16 * index + 16)) || 1n;
    base.scalar += z * s;
    const name = toHex(publicKey);
    const signer = signers.get(name);
    if (signer === undefined) signers.set(name, { point: key, scalar: z * e });
    else signer.scalar += z * e;
    commitments.push({ point: commitment, scalar: z });
  }
  // Negated, so that the coefficients of R stay at 128 bits.
  base.scalar = -base.scalar;
  const sum = await addUp([base, ...signers.values()]);
  return sum.add(await addUp(commitments)).is0();
}

async function addUp(terms: readonly Term[]): Promise<RistrettoPoint> {
  let sum = Point.ZERO;
  for (let from = 0; from < terms.length; from += POINTS_PER_TURN) {
    await setImmediate();
    const part = terms.slice(from, from + POINTS_PER_TURN);
    const points = part.map(({ point }) => point);
    const scalars = part.map(({ scalar }) => Point.Fn.create(scalar));
    sum = sum.add(mulAddUnsafe(Point, points, scalars));
  }
  return sum;
}
