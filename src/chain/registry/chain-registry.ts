import type { ChainFacts, LogLevel, RosterFrom } from "../../engine/index.js";
import { toHex, u16, u32 } from "../../protocol/bytes.js";
import { type Blake3, taggedHash } from "../../protocol/hash.js";
import { Paced } from "../paced.js";
import type { ChainEvent, ChainMemory, FactsReview, FactsSource, StreamPlace, StreamStart } from "../types.js";
import { AUTHORS_MAX, AuthorLedger, FOUND_MAX, type LedgerGap, RECENT_BLOCKS_MAX } from "./author-ledger.js";
import { type AuthorLookup, AuthorLookups, LOOKUPS_WAITING_MAX, UNKNOWN_MAX } from "./author-lookups.js";
import { decodeRegistryMemory, encodeRegistryMemory, isOldRegistryMemory } from "./registry-memory.js";

/** The shortest time between two updates of facts or file after new authors. */
const AUTHORS_MS = 1000;
/** An update costs 3 us per author of the whole registry: with 100,000 authors updates are 10 s apart. */
const AUTHORS_PER_MS = 10;
/** The shortest time between two updates if only the registry's time changed, which every block does. */
const TIME_UPDATE_MS = 10_000;
/** The shortest time between two writes without new authors: after a crash half a minute of blocks is read again. */
const SAVE_PLACE_MS = 30_000;

/** The weight of every author. The chain's reputation may change at any time; membership must not depend on it. */
const WEIGHT = 1;

export interface ChainRegistryOptions {
  readonly blake3: Blake3;
  /** 32 bytes: the file of another chain is not used. */
  readonly genesis: Uint8Array;
  readonly rosters: readonly RosterFrom[];
  readonly memory: ChainMemory;
  readonly lookup: AuthorLookup;
  readonly log: (level: LogLevel, text: string, fields?: Readonly<Record<string, string | number>>) => void;
  /** ms since the epoch. */
  readonly nowMs?: () => number;
}

/**
 * The registry digest of these authors (protocol.md), packed in one buffer: 100,000 authors must not block the event
 * loop.
 */
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
 * The registry on the chain (protocol.md, membership rule 4 and "Registry file ... Chain"). Processes the block stream,
 * counts stable registrations, saves them to a file, and looks up single authors before the stream reaches them.
 */
export class ChainRegistry implements FactsSource {
  readonly #options: ChainRegistryOptions;
  readonly #lookups: AuthorLookups;
  readonly #emit: Paced;
  readonly #save: Paced;
  #ledger = new AuthorLedger();
  #facts: ChainFacts;
  /** The ledger revision in the facts, and in the file. */
  #emittedRevision = 0;
  #savedRevision = 0;
  #savedTopoheight = -1;
  #listener: (facts: ChainFacts) => void = () => undefined;
  #saving: Promise<void> = Promise.resolve();
  #saveFails = false;
  #refusedLogged = false;
  #skippedLogged = false;
  /** The last block of a second reading that is under way; undefined also if a rewind went below it. */
  #review: { readonly topoheight: number } | undefined;

  constructor(options: ChainRegistryOptions) {
    const { nowMs = Date.now } = options;
    this.#options = options;
    this.#emit = new Paced(() => this.#emitNow(), nowMs);
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

  /** The current faults of the facts. */
  get faults(): { readonly gap: LedgerGap | undefined; readonly memoryFails: boolean } {
    return { gap: this.#ledger.gap, memoryFails: this.#saveFails };
  }

  facts(): ChainFacts {
    return this.#facts;
  }

  /** The last stable block of the file with the blocks before it, or the genesis: the whole chain is read once. */
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
        if (event.toTopoheight < (this.#review?.topoheight ?? -1)) this.#review = undefined;
        // The stable height comes from the next head: the head of a rewind may be an estimate.
        this.#ledger.rewound(event.toTopoheight);
        break;
      case "skipped":
        this.#ledger.skipped(event.toTopoheight);
        this.#options.log(
          this.#skippedLogged ? "debug" : "warn",
          "blocks are not available: registrations in them stay unknown",
          {
            from: event.fromTopoheight,
            to: event.toTopoheight,
          },
        );
        this.#skippedLogged = true;
        break;
      default:
        return;
    }
    this.#changed();
  }

  asked(author: string): void {
    this.#lookups.ask(author);
  }

  review(): FactsReview | undefined {
    const { gap, stable } = this.#ledger;
    if (gap !== undefined || stable?.hash === undefined) return undefined;
    const { topoheight, hash } = stable;
    const { log } = this.#options;
    const again = new AuthorLedger();
    const place = { topoheight };
    this.#review = place;
    log("warn", "peers count other registrations: the chain is read again", { blocks: topoheight + 1 });
    return {
      last: { topoheight, hash },
      block: (block) => again.block(block),
      end: (isComplete) => {
        // All of these blocks are stable; of side blocks an earlier one may have the greater height.
        again.stableAt(Number.MAX_SAFE_INTEGER);
        const isValid = isComplete && this.#review === place;
        const changes = isValid ? this.#ledger.reviewed(topoheight, again.authors) : undefined;
        this.#review = undefined;
        if (changes === undefined) log("info", "the chain changed while it was read again: the reading is repeated");
        else if (changes > 0) log("warn", "the chain was read again: registrations were corrected", { changes });
        else log("info", "the chain was read again: it has the same registrations", { authors: again.authors.size });
        this.#changed();
        return changes !== undefined;
      },
    };
  }

  async start(emit: (facts: ChainFacts) => void): Promise<void> {
    this.#listener = emit;
    await this.#load();
    this.#emitNow();
  }

  async stop(): Promise<void> {
    this.#emit.stop();
    this.#save.stop();
    await this.#lookups.stop();
    await this.#saveNow();
  }

  #makeFacts(): ChainFacts {
    const { blake3, genesis, rosters } = this.#options;
    const { authors, stable } = this.#ledger;
    this.#emittedRevision = this.#ledger.revision;
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
    if (revision !== this.#emittedRevision) this.#emit.ask(authorsMs);
    else if (timeSeconds !== this.#facts.registryTimeSeconds) this.#emit.ask(TIME_UPDATE_MS);
    if (revision !== this.#savedRevision) this.#save.ask(authorsMs);
    else if ((stable?.topoheight ?? -1) !== this.#savedTopoheight) this.#save.ask(SAVE_PLACE_MS);
    if (refused === 0 || this.#refusedLogged) return;
    this.#refusedLogged = true;
    this.#options.log("error", "the chain has more registered authors than the cap: later registrations are refused", {
      cap: AUTHORS_MAX,
    });
  }

  #emitNow(): void {
    const timeSeconds = BigInt(this.#ledger.stable?.timeSeconds ?? 0);
    // The same registry object means that no author was added or removed.
    if (this.#ledger.revision !== this.#emittedRevision) this.#facts = this.#makeFacts();
    else this.#facts = { ...this.#facts, registryTimeSeconds: timeSeconds };
    this.#listener(this.#facts);
  }

  async #load(): Promise<void> {
    const { blake3, genesis, memory, log } = this.#options;
    let bytes: Uint8Array | undefined;
    try {
      bytes = await memory.load();
    } catch (error) {
      log("warn", "the saved registry can't be read: the whole chain is read again", {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
    if (bytes === undefined) return;
    if (isOldRegistryMemory(bytes)) {
      log("info", "the saved registry is from an older release with another rule: the whole chain is read again");
      return;
    }
    const start = decodeRegistryMemory(blake3, genesis, bytes);
    if (!start.ok) {
      log("warn", "the saved registry is not usable: the whole chain is read again", {
        reason: start.code,
      });
      return;
    }
    this.#ledger = new AuthorLedger(start.value);
    this.#savedTopoheight = this.#ledger.stable?.topoheight ?? -1;
    this.#facts = this.#makeFacts();
  }

  /** Writes the file if it changed; one write at a time. */
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
        if (this.#saveFails) log("info", "the registry file can be written again");
        this.#saveFails = false;
      } catch (error) {
        if (!this.#saveFails) {
          log("warn", "the registry file can't be written: after a restart the chain is read again", {
            reason: error instanceof Error ? error.message : String(error),
          });
        }
        this.#saveFails = true;
      }
    });
    return this.#saving;
  }
}
