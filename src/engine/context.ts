import { concatBytes, readU16, toHex, u64 } from "../protocol/bytes.js";
import type { StreamingBlake3 } from "../protocol/hash.js";
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
  /** Where many verdicts are due at once; by default each is summed by itself. */
  readonly verdictsOf?: VerdictsOf;
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
  readonly blake3: StreamingBlake3;
  readonly nodeKey: string;
  readonly authors: ReadonlySet<string>;
  readonly taskTypes: readonly number[];
  readonly limits: Limits;
  readonly out = new Outbox();
  /**
   * The time of the step that runs, by which waits are measured: ms since the epoch while the machine's clock goes on, and
   * the same as before while it is set back, so that nothing waits until it has caught up.
   */
  nowMs = 0;
  #wallMs = 0;
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

  /** The machine's clock, unix seconds: what records and deadlines are judged by. */
  get nowSeconds(): number {
    return Math.floor(this.#wallMs / 1000);
  }

  /** Begins a step at this time of the machine's clock. */
  setClock(wallMs: number): void {
    this.nowMs += Math.max(0, wallMs - this.#wallMs);
    this.#wallMs = wallMs;
  }

  /** The machine's clock, ms. */
  get clockMs(): number {
    return this.#wallMs;
  }

  /** A time of the machine's clock as one of {@link nowMs}. */
  fromWall(atMs: number): number {
    return atMs - this.#wallMs + this.nowMs;
  }

  /** A time of {@link nowMs} on the machine's clock. */
  toWall(atMs: number): number {
    return atMs - this.nowMs + this.#wallMs;
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
