import { concatBytes, readU16, toHex, u64 } from "../protocol/bytes.js";
import type { Blake3 } from "../protocol/hash.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import { STRAND_CERTIFICATES, STRAND_RECORDS, strandOf } from "../protocol/strand.js";
import { REQUEST_ID_BYTES } from "../protocol/sync-messages.js";
import type { Limits } from "./bounds.js";
import type { ChainFacts } from "./chain-facts.js";
import { Outbox } from "./outbox.js";

export interface ContextOptions {
  readonly identity: NetworkIdentity;
  readonly blake3: Blake3;
  /** 32 random bytes: request ids and jitter come from it. */
  readonly seed: Uint8Array;
  /** Hex. */
  readonly nodeKey: string;
  /** Keys that this node signs with, hex. */
  readonly authors: readonly string[];
  /** Task types (0..5) whose strands this node holds. */
  readonly taskTypes: readonly number[];
  readonly limits: Limits;
}

/** What the parts of the engine share: who this node is, what time it is in this step, what the step has to say. */
export class Context {
  readonly identity: NetworkIdentity;
  readonly blake3: Blake3;
  readonly nodeKey: string;
  readonly authors: ReadonlySet<string>;
  readonly taskTypes: readonly number[];
  readonly limits: Limits;
  readonly out = new Outbox();
  /** The time of the step that runs. */
  nowMs = 0;
  /** Absent until the first `chain` event: then nobody is known as an author. */
  facts: ChainFacts | undefined;
  readonly #seed: Uint8Array;
  #counter = 0n;

  constructor(options: ContextOptions) {
    this.identity = options.identity;
    this.blake3 = options.blake3;
    this.nodeKey = options.nodeKey;
    this.authors = new Set(options.authors);
    this.taskTypes = [...new Set(options.taskTypes)].sort((a, b) => a - b);
    this.limits = options.limits;
    this.#seed = options.seed;
  }

  get nowSeconds(): number {
    return Math.floor(this.nowMs / 1000);
  }

  #draw(): Uint8Array {
    return this.blake3(concatBytes([this.#seed, u64(this.#counter++)]));
  }

  /** A request id: 16 bytes of hex that no peer can foresee. */
  requestId(): string {
    return toHex(this.#draw().subarray(0, REQUEST_ID_BYTES));
  }

  /** `value` made up to a quarter longer or shorter, so that nodes do not retry in step. */
  jitter(value: number): number {
    const drawn = readU16(this.#draw(), 0);
    return Math.floor((value * (98_304 + drawn)) / 131_072);
  }

  /** An integer from 0 up to, not including, `bound` (at most 65,536), that no peer can foresee. */
  below(bound: number): number {
    return Math.floor((readU16(this.#draw(), 0) * bound) / 65_536);
  }

  /** The record strands that this node holds, ascending. */
  recordStrands(): string[] {
    return this.#strands(STRAND_RECORDS);
  }

  /** The certificate strands that this node holds, ascending. */
  certificateStrands(): string[] {
    return this.#strands(STRAND_CERTIFICATES);
  }

  #strands(kind: number): string[] {
    const shards = Array.from({ length: this.identity.rules.shards }, (_, shard) => shard);
    return this.taskTypes.flatMap((type) => shards.map((shard) => strandOf(type, kind, shard)));
  }
}
