import { blake3 } from "@noble/hashes/blake3.js";
import { readU32 } from "../protocol/bytes.js";
import { ENVELOPE_OVERHEAD, headOf, SIGNATURE_BYTES, signedMessage } from "../protocol/envelope.js";
import { NOT_ASKED, ROW, ROW_BYTES, type SignedItem } from "../protocol/table.js";
import { Hashers } from "./hashers.js";
import { badParameters, checkInput, checkLength, MAX_ROWS } from "./limits.js";
import { verifyInBatches } from "./reference-batch.js";
import { consensus } from "./reference-consensus.js";
import { readContext, scan } from "./reference-scan.js";
import { publicKeyOf, sign, verifyPlain } from "./reference-signatures.js";
import type { Kernel, KernelHasher } from "./types.js";

/**
 * The kernel in JavaScript over @noble: slow, always available, the reference of the other backends.
 * It verifies on the main thread, in turns of the event loop of a few milliseconds each.
 */
export class ReferenceKernel implements Kernel {
  readonly backend = "reference";
  readonly version: string;
  readonly #hashers = new Hashers();

  constructor(version: string) {
    this.version = version;
  }

  hash(input: Uint8Array, out: Uint8Array): void {
    checkInput(input);
    checkLength(out, 32, "the output");
    out.set(blake3(input));
  }

  hasher(): KernelHasher {
    return this.#hashers.open(() => {
      const hash = blake3.create();
      return {
        update: (part) => void hash.update(part),
        digest: (out) => out.set(hash.digest()),
        free: () => hash.destroy(),
      };
    });
  }

  scan(input: Uint8Array, context: Uint8Array): Uint8Array {
    return scan(input, context);
  }

  async verify(input: Uint8Array, table: Uint8Array, mask: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    checkInput(input, table, mask);
    const { genesis } = readContext(context);
    const rows = table.length / ROW_BYTES;
    if (!Number.isInteger(rows)) throw badParameters("the table is not made of rows of 128 bytes");
    if (rows > MAX_ROWS) throw badParameters("the table has over 65,536 rows");
    checkLength(mask, rows, "the mask");
    const verdicts = new Uint8Array(rows).fill(NOT_ASKED);
    const asked: number[] = [];
    const items: SignedItem[] = [];
    // The caller may reuse its buffers while this waits for its turns.
    const ownInput = input.slice();
    for (let index = 0; index < rows; index++) {
      if (mask[index] !== 1) continue;
      const at = index * ROW_BYTES;
      const code = table[at + ROW.code] as number;
      if (code !== 0) {
        verdicts[index] = code;
        continue;
      }
      const envelope = envelopeAt(ownInput, table, at);
      const head = headOf(envelope);
      asked.push(index);
      items.push({
        publicKey: head.subarray(12, 44),
        signature: envelope.subarray(head.length),
        message: signedMessage(genesis, head),
      });
    }
    const found = await verifyInBatches(items);
    for (const [at, index] of asked.entries()) verdicts[index] = found[at] as number;
    return verdicts;
  }

  async verifyMessages(items: Uint8Array): Promise<Uint8Array> {
    checkInput(items);
    return verifyInBatches(unpackItems(items.slice()));
  }

  verifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return verifyPlain(publicKey, message, signature);
  }

  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    return sign(privateKey, message);
  }

  publicKey(privateKey: Uint8Array): Uint8Array {
    return publicKeyOf(privateKey);
  }

  consensus(input: Uint8Array): Uint8Array {
    return consensus(input);
  }

  async close(): Promise<void> {}
}

/** The envelope of the row at `at`. */
function envelopeAt(input: Uint8Array, table: Uint8Array, at: number): Uint8Array {
  const offset = readU32(table, at + ROW.envelopeOffset);
  const length = readU32(table, at + ROW.envelopeLength);
  if (length < ENVELOPE_OVERHEAD || offset + length > input.length) {
    throw badParameters("the table is not the scan of this input");
  }
  return input.subarray(offset, offset + length);
}

/** The reverse of `packItems`; the parts are views. */
function unpackItems(packed: Uint8Array): SignedItem[] {
  const fixed = 32 + SIGNATURE_BYTES + 4;
  const items: SignedItem[] = [];
  let offset = 0;
  while (offset < packed.length) {
    if (packed.length - offset < fixed) throw badParameters("the packed input ends within an item");
    const length = readU32(packed, offset + fixed - 4);
    const message = packed.subarray(offset + fixed, offset + fixed + length);
    if (message.length !== length) throw badParameters("the packed input ends within an item");
    items.push({
      publicKey: packed.subarray(offset, offset + 32),
      signature: packed.subarray(offset + 32, offset + 32 + SIGNATURE_BYTES),
      message,
    });
    offset += fixed + length;
  }
  return items;
}
