import type { ChainFacts } from "../engine/index.js";
import type { NetworkError } from "../protocol/errors.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import { BlockFollower, untoldHead } from "./follow/index.js";
import { type HostEvent, type HostSource, isHostEvent, readHostEvent } from "./host/index.js";
import type {
  BlockchainInterface,
  ChainEvent,
  ChainHead,
  ChainMiner,
  ChainTask,
  ChainTip,
  ChainTrouble,
  FactsSource,
} from "./types.js";
import { unknownIfFailed } from "./unknown-if-failed.js";

/** Events worked off that are granted again in one message: an eighth of what may be open, so that the host never waits. */
const GRANT_EVENTS = 512;
/** No new block for so long, or for ten block times if they are longer: the chain stands still. */
const STALL_MS = 60_000;
const STALL_BLOCKS = 10;
/** How often that is looked at. */
const STALL_LOOK_MS = 5000;

export interface HostChainOptions {
  readonly identity: Pick<NetworkIdentity, "network" | "genesis">;
  readonly source: HostSource;
  readonly facts: FactsSource;
  /** Where the host says that its chain stands; undefined: it does not know yet. */
  readonly tip: ChainTip | undefined;
  /** The host may send so many more events. */
  readonly grant: (events: number) => void;
  /** The host's count of its events has a gap. */
  readonly count: (label: "gap") => void;
  readonly log: (level: "warn", text: string, fields: Readonly<Record<string, number>>) => void;
  readonly nowMs: () => number;
}

interface Trouble {
  readonly reason: ChainTrouble;
  readonly detail: string;
}

/** The chain of the node that this program is a plugin of: told by events, asked by requests (docs/managed.md). */
export class HostChain implements BlockchainInterface {
  readonly mode = "host";
  readonly network: number;
  readonly genesis: Uint8Array;
  readonly #options: HostChainOptions;
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  #follower: BlockFollower | undefined;
  #trouble: Trouble | undefined;
  #followed = false;
  #lastBlockMs = 0;
  #look: NodeJS.Timeout | undefined;
  #lastSeq = 0;
  #gaps = 0;
  #ungranted = 0;

  constructor(options: HostChainOptions) {
    this.network = options.identity.network;
    this.genesis = options.identity.genesis;
    this.#options = options;
  }

  head(): ChainHead {
    const told = this.#follower?.head() ?? this.#options.tip;
    return told ?? untoldHead(this.genesis, this.#options.facts);
  }

  facts(): ChainFacts {
    return this.#options.facts.facts();
  }

  trouble(): Trouble | undefined {
    return this.#trouble;
  }

  get following(): boolean {
    return this.#followed && (this.#trouble === undefined || this.#trouble.reason === "stalled");
  }

  /** How many blocks are remembered, and how many wait for their turn. */
  get sizes(): { readonly remembered: number; readonly ahead: number } {
    return this.#follower?.sizes ?? { remembered: 0, ahead: 0 };
  }

  /** How often the host's count of its events had a gap. */
  get gaps(): number {
    return this.#gaps;
  }

  subscribe(listener: (event: ChainEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  asked(author: string): void {
    this.#options.facts.asked(author);
  }

  task(taskId: string, signal: AbortSignal): Promise<ChainTask | undefined> {
    return unknownIfFailed(this.#options.source.task(taskId, signal));
  }

  miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined> {
    return unknownIfFailed(this.#options.source.miner(key, signal));
  }

  async start(): Promise<void> {
    const { facts, source, nowMs } = this.#options;
    await facts.start((now) => this.#emit({ kind: "facts", facts: now }));
    const follower = new BlockFollower({
      source,
      startFrom: facts.startFrom(),
      nowMs,
      tell: (event) => {
        if (event.kind === "block") this.#blockCame();
        facts.chain(event);
        this.#emit(event);
      },
      failed: (error) => this.#failed(error),
      ok: () => this.#ok(),
    });
    this.#follower = follower;
    this.#lastBlockMs = nowMs();
    this.#look = setInterval(() => this.#lookForStall(), STALL_LOOK_MS);
    this.#look.unref();
    follower.hint();
  }

  async stop(): Promise<void> {
    clearInterval(this.#look);
    this.#follower?.stop();
    this.#listeners.clear();
    await this.#options.facts.stop();
  }

  /**
   * An event of the host. False: not one that this program knows. A NetworkError `chain_answer` for one that can't be read;
   * what it said is asked for.
   */
  event(name: string, params: unknown): boolean {
    if (!isHostEvent(name)) return false;
    try {
      const event = readHostEvent(name, params);
      this.#count(event.seq);
      this.#take(event);
    } catch (error) {
      this.#follower?.resync();
      throw error;
    } finally {
      this.#workedOff();
    }
    return true;
  }

  #take(event: HostEvent): void {
    switch (event.kind) {
      case "block":
        this.#follower?.pushed(event.block);
        return;
      case "rewound":
        this.#follower?.rewoundTo(event.topoheight);
        return;
      case "tip":
        this.#follower?.hint(event.tip);
        return;
      case "peers":
        this.#emit({ kind: "hosts", hosts: event.hosts });
        return;
      case "lagged":
        this.#follower?.resync();
        return;
    }
  }

  /** The host counts what it sends; what is missing from the count did not arrive, whatever it was. */
  #count(seq: number): void {
    const expected = this.#lastSeq + 1;
    this.#lastSeq = seq;
    if (seq === expected) return;
    this.#gaps++;
    this.#options.count("gap");
    // A host that counts wrongly does so all the time: the first gaps tell the story.
    if ((this.#gaps & (this.#gaps - 1)) === 0) {
      this.#options.log("warn", "events of the host are missing; its chain is compared", {
        expected,
        seq,
        gaps: this.#gaps,
      });
    }
    this.#follower?.resync();
  }

  #workedOff(): void {
    this.#ungranted++;
    if (this.#ungranted < GRANT_EVENTS) return;
    this.#options.grant(this.#ungranted);
    this.#ungranted = 0;
  }

  #emit(event: ChainEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #blockCame(): void {
    this.#lastBlockMs = this.#options.nowMs();
    if (this.#trouble?.reason === "stalled") this.#healed();
  }

  #lookForStall(): void {
    const { nowMs, source } = this.#options;
    const sinceMs = nowMs() - this.#lastBlockMs;
    if (sinceMs < Math.max(STALL_MS, STALL_BLOCKS * source.blockTimeMs)) return;
    // Or it goes on, and the host does not say so.
    this.#follower?.hint();
    if (this.#trouble === undefined) this.#inTrouble("stalled", `no new block for ${Math.round(sinceMs / 1000)} s`);
  }

  #failed(error: NetworkError): void {
    this.#inTrouble(error.code === "chain_answer" ? "bad_answers" : "unreachable", error.message);
  }

  #inTrouble(reason: ChainTrouble, detail: string): void {
    const known = this.#trouble?.reason === reason;
    this.#trouble = { reason, detail };
    if (!known) this.#emit({ kind: "degraded", reason, detail });
  }

  #ok(): void {
    const first = !this.#followed;
    this.#followed = true;
    // That the host answers does not make its chain go on.
    const sound = this.#trouble === undefined || this.#trouble.reason === "stalled";
    if (!sound || (first && this.#trouble === undefined)) this.#healed();
  }

  #healed(): void {
    this.#trouble = undefined;
    this.#emit({ kind: "healed" });
  }
}
