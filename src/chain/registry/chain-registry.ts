import type { ChainFacts, LogLevel, RosterFrom } from "../../engine/index.js";
import { toHex, u16, u32 } from "../../protocol/bytes.js";
import { type Blake3, taggedHash } from "../../protocol/hash.js";
import { Paced } from "../paced.js";
import type { ChainEvent, ChainMemory, FactsSource, StreamPlace, StreamStart } from "../types.js";
import { AUTHORS_MAX, AuthorLedger, FOUND_MAX, type LedgerGap, RECENT_BLOCKS_MAX } from "./author-ledger.js";
import { type AuthorLookup, AuthorLookups, LOOKUPS_WAITING_MAX, UNKNOWN_MAX } from "./author-lookups.js";
import { decodeRegistryMemory, encodeRegistryMemory, isOldRegistryMemory } from "./registry-memory.js";

/** New authors are told and written at most this often. */
const AUTHORS_MS = 1000;
/** Telling and writing cost 3 us per author each, all of them: ten seconds between where there are 100,000. */
const AUTHORS_PER_MS = 10;
/** When only the registry's time moved, which it does with every block. */
const TELL_TIME_MS = 10_000;
/** When no author is new: what a crash loses is half a minute of blocks to walk again. */
const SAVE_PLACE_MS = 30_000;

/** Reputation is the chain's to change at any time; membership and comparability must not follow it. */
const WEIGHT = 1;

export interface ChainRegistryOptions {
  readonly blake3: Blake3;
  /** 32 bytes: the memory of another chain is not read. */
  readonly genesis: Uint8Array;
  readonly rosters: readonly RosterFrom[];
  readonly memory: ChainMemory;
  readonly lookup: AuthorLookup;
  readonly log: (level: LogLevel, text: string, fields?: Readonly<Record<string, string | number>>) => void;
  /** ms since the epoch. */
  readonly nowMs?: () => number;
}

/** The registry digest of these authors (protocol.md), packed at once: a hundred thousand of them must not hold the node. */
function digestOf(blake3: Blake3, genesis: Uint8Array, authors: string[]): Uint8Array {
  const weight = toHex(u16(WEIGHT));
  const entries = Buffer.from(
    authors
      .sort()
      .map((key) => key + weight)
      .join(""),
    "hex",
  );
  return taggedHash(blake3, "registry", [genesis, u32(authors.length), entries]);
}

/**
 * The registry that the chain itself keeps (protocol.md, membership rule 4 and "Registry file ... Chain"). It follows the
 * block stream, counts what is stable, remembers it in a file, and asks the chain for single authors ahead of the walk.
 */
export class ChainRegistry implements FactsSource {
  readonly #options: ChainRegistryOptions;
  readonly #lookups: AuthorLookups;
  readonly #tell: Paced;
  readonly #save: Paced;
  #ledger = new AuthorLedger();
  #facts: ChainFacts;
  /** Of the ledger as the facts, and as the memory, have it. */
  #toldRevision = 0;
  #savedRevision = 0;
  #savedTopoheight = -1;
  #listener: (facts: ChainFacts) => void = () => undefined;
  #saving: Promise<void> = Promise.resolve();
  #saveFails = false;
  #refusedSaid = false;
  #skippedSaid = false;

  constructor(options: ChainRegistryOptions) {
    const { nowMs = Date.now } = options;
    this.#options = options;
    this.#tell = new Paced(() => this.#tellNow(), nowMs);
    this.#save = new Paced(() => void this.#saveNow(), nowMs);
    this.#lookups = new AuthorLookups({
      lookup: options.lookup,
      known: (author) => this.#ledger.has(author),
      found: (author, block, stableHeight) => {
        this.#ledger.found(author, block);
        if (stableHeight !== undefined) this.#ledger.stableAtLeast(stableHeight);
        this.#changed();
      },
      nowMs,
    });
    this.#facts = this.#makeFacts();
  }

  /** Sizes and caps for the table of bounds. */
  boundRows(): readonly { readonly name: string; readonly size: number; readonly cap: number }[] {
    const { authors, found, blocks } = this.#ledger.sizes;
    const { waiting, unknown } = this.#lookups.sizes;
    return [
      { name: "chain_authors", size: authors, cap: AUTHORS_MAX },
      { name: "chain_found_authors", size: found, cap: FOUND_MAX },
      { name: "chain_recent_blocks", size: blocks, cap: RECENT_BLOCKS_MAX },
      { name: "chain_lookups", size: waiting, cap: LOOKUPS_WAITING_MAX },
      { name: "chain_unknown_authors", size: unknown, cap: UNKNOWN_MAX },
    ];
  }

  /** What is wrong with what it says, and lasts. */
  get faults(): { readonly gap: LedgerGap | undefined; readonly memoryFails: boolean } {
    return { gap: this.#ledger.gap, memoryFails: this.#saveFails };
  }

  facts(): ChainFacts {
    return this.#facts;
  }

  /** The last stable block of the memory, with those before it, or the genesis: the whole chain is walked once. */
  startFrom(): StreamStart {
    const { stable } = this.#ledger;
    if (stable?.hash === undefined) return { topoheight: stable?.topoheight ?? 0, hash: undefined };
    const places = this.#ledger.places().slice(0, -1);
    const before: StreamPlace[] = [];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      const { topoheight, height, hash, timeSeconds } = place;
      if (hash === undefined || topoheight !== (before[0]?.topoheight ?? stable.topoheight) - 1) break;
      before.unshift({ topoheight, height, hash, timestampMs: timeSeconds * 1000 });
    }
    return { topoheight: stable.topoheight, hash: stable.hash, before };
  }

  chain(event: ChainEvent): void {
    switch (event.kind) {
      case "block":
        this.#ledger.block(event.block);
        break;
      case "head":
        this.#ledger.stableAt(event.head.stableHeight);
        break;
      case "rewound":
        // Where the chain is stable now, the next head says: that of a rewind may be guessed.
        this.#ledger.rewound(event.toTopoheight);
        break;
      case "skipped":
        this.#ledger.skipped(event.toTopoheight);
        this.#options.log(
          this.#skippedSaid ? "debug" : "warn",
          "blocks can't be had: who registered in them stays unknown",
          {
            from: event.fromTopoheight,
            to: event.toTopoheight,
          },
        );
        this.#skippedSaid = true;
        break;
      default:
        return;
    }
    this.#changed();
  }

  asked(author: string): void {
    this.#lookups.ask(author);
  }

  async start(tell: (facts: ChainFacts) => void): Promise<void> {
    this.#listener = tell;
    await this.#load();
    this.#tellNow();
  }

  async stop(): Promise<void> {
    this.#tell.stop();
    this.#save.stop();
    await this.#lookups.stop();
    await this.#saveNow();
  }

  #makeFacts(): ChainFacts {
    const { blake3, genesis, rosters } = this.#options;
    const { authors, stable } = this.#ledger;
    this.#toldRevision = this.#ledger.revision;
    return {
      registry: {
        kind: "listed",
        authors: new Map([...authors].map(([key, { fromSeconds }]) => [key, { weight: WEIGHT, fromSeconds }])),
      },
      registryDigest: toHex(digestOf(blake3, genesis, [...authors.keys()])),
      registryTimeSeconds: BigInt(stable?.timeSeconds ?? 0),
      rosters,
    };
  }

  #changed(): void {
    const { revision, stable, refused, authors } = this.#ledger;
    const authorsMs = Math.max(AUTHORS_MS, authors.size / AUTHORS_PER_MS);
    const timeSeconds = BigInt(stable?.timeSeconds ?? 0);
    if (revision !== this.#toldRevision) this.#tell.ask(authorsMs);
    else if (timeSeconds !== this.#facts.registryTimeSeconds) this.#tell.ask(TELL_TIME_MS);
    if (revision !== this.#savedRevision) this.#save.ask(authorsMs);
    else if ((stable?.topoheight ?? -1) !== this.#savedTopoheight) this.#save.ask(SAVE_PLACE_MS);
    if (refused === 0 || this.#refusedSaid) return;
    this.#refusedSaid = true;
    this.#options.log("error", "the chain registers more authors than a node takes: later ones are refused", {
      cap: AUTHORS_MAX,
    });
  }

  #tellNow(): void {
    const timeSeconds = BigInt(this.#ledger.stable?.timeSeconds ?? 0);
    // The same registry object says that nobody came or went.
    if (this.#ledger.revision !== this.#toldRevision) this.#facts = this.#makeFacts();
    else this.#facts = { ...this.#facts, registryTimeSeconds: timeSeconds };
    this.#listener(this.#facts);
  }

  async #load(): Promise<void> {
    const { blake3, genesis, memory, log } = this.#options;
    let bytes: Uint8Array | undefined;
    try {
      bytes = await memory.load();
    } catch (error) {
      log("warn", "what was known of the chain's registry can't be read; the chain is walked again", {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
    if (bytes === undefined) return;
    if (isOldRegistryMemory(bytes)) {
      log("info", "an older release counted the chain's registry by another rule; the chain is walked again");
      return;
    }
    const start = decodeRegistryMemory(blake3, genesis, bytes);
    if (!start.ok) {
      log("warn", "what was known of the chain's registry is not of use; the chain is walked again", {
        reason: start.code,
      });
      return;
    }
    this.#ledger = new AuthorLedger(start.value);
    this.#savedTopoheight = this.#ledger.stable?.topoheight ?? -1;
    this.#facts = this.#makeFacts();
  }

  /** Writes what changed since the last time; one write at a time. */
  #saveNow(): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      const { blake3, genesis, memory, log } = this.#options;
      const { revision, stable, authors } = this.#ledger;
      const topoheight = stable?.topoheight ?? -1;
      if (revision === this.#savedRevision && topoheight === this.#savedTopoheight) return;
      try {
        const places = this.#ledger.places();
        await memory.save(encodeRegistryMemory(blake3, genesis, { places, authors, gap: this.#ledger.gap }));
        this.#savedRevision = revision;
        this.#savedTopoheight = topoheight;
        if (this.#saveFails) log("info", "the registry of the chain can be written again");
        this.#saveFails = false;
      } catch (error) {
        if (!this.#saveFails) {
          log("warn", "the registry of the chain can't be written; after a restart it is walked again", {
            reason: error instanceof Error ? error.message : String(error),
          });
        }
        this.#saveFails = true;
      }
    });
    return this.#saving;
  }
}
