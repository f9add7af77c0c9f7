import { ascii, concatBytes, readU16, readU32, toHex, u64 } from "../protocol/bytes.js";
import type { StreamingBlake3 } from "../protocol/hash.js";
import { KEY_WORDS } from "../protocol/key-words.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import { STRAND_CERTIFICATES, STRAND_RECORDS, strandOf } from "../protocol/strand.js";
import { REQUEST_ID_BYTES } from "../protocol/sync-messages.js";
import type { Limits } from "./bounds.js";
import type { ChainFacts } from "./chain-facts.js";
import type { VerdictsOf } from "./fold/index.js";
import { Outbox } from "./outbox.js";

export interface ContextOptions {
  readonly identity: NetworkIdentity;
  readonly blake3: StreamingBlake3;
  /** Computes many verdicts in one call; by default each is summed alone. */
  readonly verdictsOf?: VerdictsOf;
  /** 32 random bytes, the source of request ids and jitter. */
  readonly seed: Uint8Array;
  /** Hex. */
  readonly nodeKey: string;
  /** Keys that this node signs with, hex. */
  readonly authors: readonly string[];
  /** Task types (0..5) whose strands this node holds. */
  readonly taskTypes: readonly number[];
  readonly limits: Limits;
}

/** Shared by the parts of the engine: the identity of the node, the time of the step, and the effects of the step. */
export class Context {
  readonly identity: NetworkIdentity;
  readonly blake3: StreamingBlake3;
  readonly nodeKey: string;
  readonly authors: ReadonlySet<string>;
  readonly taskTypes: readonly number[];
  readonly limits: Limits;
  readonly out = new Outbox();
  /**
   * The time of the current step, for waits: ms since the epoch. It never goes back when the machine's clock is set
   * back, so that no wait grows by the difference.
   */
  nowMs = 0;
  #wallMs = 0;
  /** Undefined until the first `chain` event; until then no author is known. */
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

  /** {@link KEY_WORDS} words that no peer knows. */
  indexSalt(): Uint32Array {
    const bytes = this.blake3(concatBytes([this.#seed, ascii("index")]));
    return Uint32Array.from({ length: KEY_WORDS }, (_, word) => readU32(bytes, 4 * word));
  }

  /** The machine's clock, unix seconds; records and deadlines are checked against it. */
  get nowSeconds(): number {
    return Math.floor(this.#wallMs / 1000);
  }

  /** Starts a step at this time of the machine's clock. */
  setClock(wallMs: number): void {
    this.nowMs += Math.max(0, wallMs - this.#wallMs);
    this.#wallMs = wallMs;
  }

  /** The machine's clock, ms. */
  get clockMs(): number {
    return this.#wallMs;
  }

  /** Converts a time of the machine's clock to the clock of {@link nowMs}. */
  fromWall(atMs: number): number {
    return atMs - this.#wallMs + this.nowMs;
  }

  /** Converts a time of the clock of {@link nowMs} to the machine's clock. */
  toWall(atMs: number): number {
    return atMs - this.nowMs + this.#wallMs;
  }

  #draw(): Uint8Array {
    return this.blake3(concatBytes([this.#seed, u64(this.#counter++)]));
  }

  /** A request id: 16 bytes of hex that no peer can predict. */
  requestId(): string {
    return toHex(this.#draw().subarray(0, REQUEST_ID_BYTES));
  }

  /** `value` up to a quarter longer or shorter, so that nodes do not retry at the same time. */
  jitter(value: number): number {
    const drawn = readU16(this.#draw(), 0);
    return Math.floor((value * (98_304 + drawn)) / 131_072);
  }

  /** An integer from 0 up to, not including, `bound` (at most 65,536), that no peer can predict. */
  below(bound: number): number {
    return Math.floor((readU16(this.#draw(), 0) * bound) / 65_536);
  }

  /** The record strands that this node holds, ascending. */
  recordStrands(): string[] {
    return this.#strands(STRAND_RECORDS);
  }

  /** Every strand that this node holds, ascending. Without a roster no certificate can be checked. */
  heldStrands(): string[] {
    const hasRosters = this.facts !== undefined && this.facts.rosters.length > 0;
    return hasRosters ? [...this.recordStrands(), ...this.#strands(STRAND_CERTIFICATES)].sort() : this.recordStrands();
  }

  #strands(kind: number): string[] {
    const shards = Array.from({ length: this.identity.rules.shards }, (_, shard) => shard);
    return this.taskTypes.flatMap((type) => shards.map((shard) => strandOf(type, kind, shard)));
  }
}
