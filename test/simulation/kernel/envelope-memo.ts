import { readU32 } from "../../../src/protocol/bytes.js";
import { ENVELOPE_OVERHEAD, headOf, signedMessage } from "../../../src/protocol/envelope.js";
import { mockVerdict } from "./mock-signatures.js";

/** What a kernel found about one envelope under one context. */
export interface KnownEnvelope {
  readonly bytes: Uint8Array;
  /** The row without `bundle` and the two offsets. */
  readonly row: Uint8Array;
  /** Undefined until it is verified. */
  verdict: number | undefined;
}

/** Envelopes and bytes of one generation; two are kept. */
const GENERATION_ENVELOPES = 8192;
const GENERATION_BYTES = 8 << 20;

/**
 * What was found about the envelopes of one network context. All nodes of a world see the same envelopes, so that each
 * is hashed and verified once. A hit compares all bytes, so that an answer never depends on what is remembered.
 */
export class EnvelopeMemo {
  readonly #genesis: Uint8Array;
  #young = new Map<number, KnownEnvelope>();
  #old = new Map<number, KnownEnvelope>();
  #youngBytes = 0;
  hits = 0;
  misses = 0;

  constructor(genesis: Uint8Array) {
    this.#genesis = genesis;
  }

  /** The envelope `input[from..to]`; `scan` makes the row of an unknown one from a copy of its bytes. */
  at(input: Buffer, from: number, to: number, scan: (envelope: Uint8Array) => Uint8Array): KnownEnvelope {
    const key = keyOf(input, from, to);
    const young = this.#young.get(key);
    if (young !== undefined && same(young, input, from, to)) {
      this.hits++;
      return young;
    }
    const old = this.#old.get(key);
    if (old !== undefined && same(old, input, from, to)) {
      this.hits++;
      this.#keep(key, old);
      return old;
    }
    this.misses++;
    const bytes = Uint8Array.prototype.slice.call(input, from, to);
    const known: KnownEnvelope = { bytes, row: scan(bytes), verdict: undefined };
    this.#keep(key, known);
    return known;
  }

  verdict(known: KnownEnvelope): number {
    if (known.verdict !== undefined) return known.verdict;
    const { bytes } = known;
    const head = headOf(bytes);
    const message = signedMessage(this.#genesis, head);
    known.verdict = mockVerdict(head.subarray(12, 44), message, bytes.subarray(head.length));
    return known.verdict;
  }

  #keep(key: number, known: KnownEnvelope): void {
    if (this.#young.size >= GENERATION_ENVELOPES || this.#youngBytes >= GENERATION_BYTES) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(key, known);
    this.#youngBytes += known.bytes.length;
  }
}

/**
 * A digest of a few bytes: the ends of s and R, and the last bytes before them. Equal for a copy, rarely for others.
 */
function keyOf(input: Buffer, from: number, to: number): number {
  const length = to - from;
  if (length < ENVELOPE_OVERHEAD) return length;
  const mixed = Math.imul(readU32(input, to - 4) ^ length, 0x9e3779b1) ^ readU32(input, to - 96);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) ^ readU32(input, to - 100);
}

function same({ bytes }: KnownEnvelope, input: Buffer, from: number, to: number): boolean {
  return bytes.length === to - from && input.compare(bytes, 0, bytes.length, from, to) === 0;
}
