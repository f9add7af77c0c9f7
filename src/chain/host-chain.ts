import type { NetworkError } from "../protocol/errors.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import type { BlockFollower } from "./follow/index.js";
import { FollowedChain } from "./followed-chain.js";
import { type HostEvent, type HostSource, isHostEvent, readHostEvent } from "./host/index.js";
import type { ChainMiner, ChainTask, ChainTip, ChainTrouble, FactsSource } from "./types.js";
import { unknownIfFailed } from "./unknown-if-failed.js";

/** Processed events that are granted again in one message: an eighth of the credit, so that the host never waits. */
const GRANT_EVENTS = 512;
/** The chain stalls after this time without a block, or after {@link STALL_BLOCKS} block times if they are longer. */
const STALL_MS = 60_000;
const STALL_BLOCKS = 10;
/** Interval of the stall check. */
const STALL_LOOK_MS = 5000;

export interface HostChainOptions {
  readonly identity: Pick<NetworkIdentity, "network" | "genesis">;
  readonly source: HostSource;
  readonly facts: FactsSource;
  /** The host's tip at `init`; undefined: the host does not know it yet. */
  readonly tip: ChainTip | undefined;
  /** Allows the host to send this many more events. */
  readonly grant: (events: number) => void;
  /** Counts a gap in the host's event count. */
  readonly count: (label: "gap") => void;
  readonly log: (level: "warn", text: string, fields: Readonly<Record<string, number>>) => void;
  readonly nowMs: () => number;
}

/**
 * The chain of the node that runs this program as a plugin. The node pushes events and answers requests
 * (docs/managed.md).
 */
export class HostChain extends FollowedChain {
  readonly mode = "host";
  readonly #options: HostChainOptions;
  #lastBlockMs = 0;
  #look: NodeJS.Timeout | undefined;
  #lastSeq = 0;
  #gaps = 0;
  #ungranted = 0;

  constructor(options: HostChainOptions) {
    const { identity, source, facts, tip, nowMs } = options;
    const { network, genesis } = identity;
    super({ network, genesis, source, facts, tip, nowMs, trouble: undefined });
    this.#options = options;
  }

  /** Number of gaps in the host's event count. */
  get gaps(): number {
    return this.#gaps;
  }

  task(taskId: string, signal: AbortSignal): Promise<ChainTask | undefined> {
    return unknownIfFailed(this.#options.source.task(taskId, signal));
  }

  miner(key: string, signal: AbortSignal): Promise<ChainMiner | undefined> {
    return unknownIfFailed(this.#options.source.miner(key, signal));
  }

  protected begin(follower: BlockFollower): void {
    this.#lastBlockMs = this.#options.nowMs();
    this.#look = setInterval(() => this.#lookForStall(), STALL_LOOK_MS);
    this.#look.unref();
    follower.hint();
  }

  protected async end(): Promise<void> {
    clearInterval(this.#look);
  }

  /**
   * Processes an event of the host. False: the event is unknown. Throws `chain_answer` if the event can't be read; the
   * follower then asks the host for its content.
   */
  event(name: string, params: unknown): boolean {
    if (!isHostEvent(name)) return false;
    try {
      const event = readHostEvent(name, params);
      this.#count(event.seq);
      this.#apply(event);
    } catch (error) {
      this.follower?.resync();
      throw error;
    } finally {
      this.#processed();
    }
    return true;
  }

  #apply(event: HostEvent): void {
    switch (event.kind) {
      case "block":
        this.follower?.pushed(event.block);
        return;
      case "rewound":
        this.follower?.rewoundTo(event.topoheight);
        return;
      case "tip":
        this.follower?.hint(event.tip);
        return;
      case "peers":
        this.emit({ kind: "hosts", hosts: event.hosts });
        return;
      case "lagged":
        this.follower?.resync();
        return;
    }
  }

  /** The host numbers its events: a gap in the numbers means that events were lost. */
  #count(seq: number): void {
    const expected = this.#lastSeq + 1;
    this.#lastSeq = seq;
    if (seq === expected) return;
    this.#gaps++;
    this.#options.count("gap");
    // A host that numbers events wrongly does so always. A line is logged at gap 1, 2, 4, 8 and so on.
    if ((this.#gaps & (this.#gaps - 1)) === 0) {
      this.#options.log("warn", "events of the host are missing: the chain is compared again", {
        expected,
        seq,
        gaps: this.#gaps,
      });
    }
    this.follower?.resync();
  }

  #processed(): void {
    this.#ungranted++;
    if (this.#ungranted < GRANT_EVENTS) return;
    this.#options.grant(this.#ungranted);
    this.#ungranted = 0;
  }

  protected blockEmitted(): void {
    this.#lastBlockMs = this.#options.nowMs();
    this.endStall();
  }

  protected roundFailed(error: NetworkError): void {
    const reason: ChainTrouble = error.code === "chain_answer" ? "bad_answers" : "unreachable";
    this.setTrouble({ reason, detail: error.message });
  }

  protected roundOk(): void {
    this.markRead();
  }

  #lookForStall(): void {
    const { nowMs, source } = this.#options;
    const sinceMs = nowMs() - this.#lastBlockMs;
    if (sinceMs < Math.max(STALL_MS, STALL_BLOCKS * source.blockTimeMs)) return;
    // The host may have blocks that it did not push.
    this.follower?.hint();
    if (this.trouble() !== undefined) return;
    this.setTrouble({ reason: "stalled", detail: `no new block for ${Math.round(sinceMs / 1000)} s` });
  }
}
