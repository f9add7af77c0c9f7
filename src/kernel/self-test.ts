import { ascii, equalBytes, fromHex } from "../protocol/bytes.js";
import { packItems } from "../protocol/table.js";
import type { Kernel } from "./types.js";

function hex(text: string): Uint8Array {
  return fromHex(text) ?? new Uint8Array();
}

/** tos-spec's published signature over "Hello, world!", with the commitment of its published nonce. */
const KNOWN = {
  privateKey: hex("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00"),
  publicKey: hex("3cc4fec02e2342dca15352d5c5c27135f9e42c5805c07ca9dc500e000f89a665"),
  message: ascii("Hello, world!"),
  signature: hex(
    "52a03c91dcc0b45925a506a60b864fccedeca9c13170f15e74eb43dc21c0920a" +
      "7a0c2b0dd4435dd898ab8d74a5b6d1e1614bbfb133259488db0923039190280c" +
      "96a157838e070ed2bd99538cefc0182f10b0d2f7c3981cc61e921ac3d71ce962",
  ),
  hash: hex("ede5c0b10f2ec4979c69b52f61e42ff5b413519ce09be0f14d098dcfe5f6f98d"),
};

/**
 * Compares known answers, in about a millisecond. A library that loads may still be a wrong build for this machine.
 * Returns the name of the failing function, or undefined.
 */
export async function selfTest(
  kernel: Pick<Kernel, "hash" | "publicKey" | "sign" | "verifyPlain">,
  verifyMessages: (items: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<string | undefined> {
  const out = new Uint8Array(32);
  kernel.hash(KNOWN.message, out);
  if (!equalBytes(out, KNOWN.hash)) return "hash";
  if (!equalBytes(kernel.publicKey(KNOWN.privateKey), KNOWN.publicKey)) return "publicKey";
  const own = kernel.sign(KNOWN.privateKey, KNOWN.message);
  if (!kernel.verifyPlain(KNOWN.publicKey, KNOWN.message, own.subarray(0, 64))) return "sign";
  if (kernel.verifyPlain(KNOWN.publicKey, KNOWN.hash, own.subarray(0, 64))) return "verifyPlain";
  const items = [KNOWN, { ...KNOWN, signature: own }, { ...KNOWN, message: KNOWN.hash }];
  const verdicts = await verifyMessages(packItems(items));
  return equalBytes(verdicts, Uint8Array.of(0, 0, 23)) ? undefined : "verifyMessages";
}
