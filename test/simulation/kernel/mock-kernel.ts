import type { Kernel } from "../../../src/kernel/index.js";
import { badParameters, checkInput, checkLength, MAX_ROWS } from "../../../src/kernel/limits.js";
import { consensus } from "../../../src/kernel/reference-consensus.js";
import type { KernelHasher } from "../../../src/kernel/types.js";
import { readU32 } from "../../../src/protocol/bytes.js";
import { SIGNATURE_BYTES } from "../../../src/protocol/envelope.js";
import type { StreamingBlake3 } from "../../../src/protocol/hash.js";
import { NOT_ASKED, ROW_BYTES } from "../../../src/protocol/table.js";
import { KernelTime, type KernelTimeOptions } from "./kernel-time.js";
import { MockScanner } from "./mock-scan.js";
import { mockPublicKey, mockSign, mockVerdict, mockVerifyPlain } from "./mock-signatures.js";
import { SimHash, simHash, simHashOf } from "./sim-hash.js";

/** The hash of the mock kernel, in the form that functions of the protocol take. */
export const blake3: StreamingBlake3 = Object.assign((input: Uint8Array) => simHashOf(input), {
  create: () => {
    const hash = new SimHash();
    const digest = (): Uint8Array => {
      const out = new Uint8Array(32);
      hash.digest(out);
      return out;
    };
    return { update: (part: Uint8Array) => hash.update(part), digest, destroy: () => undefined };
  },
});

/** What the mock kernels of one world know in common: a scanner for each network context. */
export class MockScanners {
  readonly #byContent = new Map<string, MockScanner>();
  readonly #byArray = new WeakMap<Uint8Array, MockScanner>();

  /** A node packs its context once, and the array does not change. */
  of(context: Uint8Array): MockScanner {
    const known = this.#byArray.get(context);
    if (known !== undefined) return known;
    const content = Buffer.from(context).toString("latin1");
    const scanner = this.#byContent.get(content) ?? new MockScanner(context);
    this.#byContent.set(content, scanner);
    this.#byArray.set(context, scanner);
    return scanner;
  }
}

export interface MockKernelOptions extends KernelTimeOptions {
  readonly scanners: MockScanners;
}

/**
 * A kernel with a mock hash and mock signatures behind the real interface. Tables have the layout of the reference
 * scan. Verification takes simulated time and fails by its settings. Its results are those of the buffers at the call.
 */
export class MockKernel implements Kernel {
  readonly backend = "native";
  readonly version = "0.0.0";
  readonly time: KernelTime;
  readonly #scanners: MockScanners;
  readonly #publicKeys = new Map<string, Uint8Array>();
  #openHashers = 0;

  constructor(options: MockKernelOptions) {
    this.time = new KernelTime(options);
    this.#scanners = options.scanners;
  }

  /** Hashers without an end. */
  get openHashers(): number {
    return this.#openHashers;
  }

  hash(input: Uint8Array, out: Uint8Array): void {
    checkInput(input);
    checkLength(out, 32, "the output");
    simHash(input, out);
  }

  hasher(): KernelHasher {
    const hash = new SimHash();
    let open = true;
    this.#openHashers++;
    const end = (): void => {
      if (open) this.#openHashers--;
      open = false;
    };
    return {
      update: (part) => {
        if (!open) throw badParameters("the hash has ended");
        hash.update(part);
      },
      digest: (out) => {
        if (!open) throw badParameters("the hash has ended");
        checkLength(out, 32, "the output");
        end();
        hash.digest(out);
      },
      free: end,
    };
  }

  scan(input: Uint8Array, context: Uint8Array): Uint8Array {
    this.time.scan();
    return this.#scanners.of(context).scan(input);
  }

  async verify(bytes: Uint8Array, table: Uint8Array, mask: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    checkInput(bytes, table, mask);
    const rows = table.length / ROW_BYTES;
    if (!Number.isInteger(rows)) throw badParameters("the table is not made of rows of 128 bytes");
    if (rows > MAX_ROWS) throw badParameters("the table has over 65,536 rows");
    checkLength(mask, rows, "the mask");
    const scanner = this.#scanners.of(context);
    const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const verdicts = new Uint8Array(rows).fill(NOT_ASKED);
    let signatures = 0;
    for (let index = 0; index < rows; index++) {
      if (mask[index] !== 1) continue;
      verdicts[index] = scanner.verdict(input, table, index * ROW_BYTES);
      signatures++;
    }
    return this.time.call(signatures, () => verdicts);
  }

  async verifyMessages(items: Uint8Array): Promise<Uint8Array> {
    checkInput(items);
    const verdicts: number[] = [];
    for (let at = 0; at < items.length; ) {
      const signature = at + 32;
      const message = signature + SIGNATURE_BYTES + 4;
      const end = message <= items.length ? message + readU32(items, message - 4) : message;
      if (end > items.length) throw badParameters("the packed input ends within an item");
      const key = items.subarray(at, signature);
      verdicts.push(mockVerdict(key, items.subarray(message, end), items.subarray(signature, message - 4)));
      at = end;
    }
    return this.time.call(verdicts.length, () => Uint8Array.from(verdicts));
  }

  verifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    checkLength(publicKey, 32, "the public key");
    checkLength(signature, 64, "the signature");
    return mockVerifyPlain(publicKey, message, signature);
  }

  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    return mockSign(this.#publicKeyOf(privateKey), message);
  }

  publicKey(privateKey: Uint8Array): Uint8Array {
    return this.#publicKeyOf(privateKey).slice();
  }

  consensus(input: Uint8Array): Uint8Array {
    return consensus(input);
  }

  async close(): Promise<void> {}

  #publicKeyOf(privateKey: Uint8Array): Uint8Array {
    const name = Buffer.from(privateKey).toString("latin1");
    const known = this.#publicKeys.get(name);
    if (known !== undefined) return known;
    const key = mockPublicKey(privateKey);
    this.#publicKeys.set(name, key);
    return key;
  }
}
