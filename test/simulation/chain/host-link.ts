import type { AskHost, HostQuestion } from "../../../src/chain/host/host-source.js";
import { HostChain, type HostChainOptions, HostSource } from "../../../src/chain/index.js";
import { NetworkError } from "../../../src/protocol/errors.js";
import type { Life } from "../world/schedule.js";
import type { SimHost } from "./sim-host.js";

/** As in src/plugin/managed/constants.ts. */
const ANSWER_TIMEOUT_MS = 10_000;
const OPEN_QUESTIONS_MAX = 64;
const CREDIT_MAX = 4096;

type Answer = { readonly value: unknown } | { readonly error: NetworkError };

/** The plugin channel between a host and one life of its node: questions and answers, numbered events, credit. */
export class HostLink {
  readonly source: HostSource;
  readonly #host: SimHost;
  readonly #life: Life;
  #chain: HostChain | undefined;
  #closed = false;
  #seq = 0;
  /** Events sent and not granted again. */
  #open = 0;
  #missed = 0;
  #questions = 0;
  /** Messages of the host arrive in order: when the last one does. */
  #lastMs = 0;

  constructor(host: SimHost, life: Life) {
    this.#host = host;
    this.#life = life;
    this.source = new HostSource(this.#ask);
  }

  /** The real chain of the node over this channel, not started. */
  chain(options: Pick<HostChainOptions, "identity" | "facts" | "count" | "log" | "nowMs">): HostChain {
    const grant = (events: number): void => {
      this.#open -= events;
    };
    this.#chain = new HostChain({ ...options, source: this.source, tip: undefined, grant });
    return this.#chain;
  }

  close(): void {
    this.#closed = true;
  }

  /** Sends an event. `params` are taken when it leaves the host. */
  send(name: string, params: () => object): void {
    const { settings, random } = this.#host;
    if (this.#closed || !this.#life.alive || settings.gone) return;
    if (this.#open >= CREDIT_MAX) {
      this.#missed++;
      return;
    }
    if (this.#missed > 0) {
      const missed = this.#missed;
      this.#missed = 0;
      this.#event("lagged", { missed });
    }
    const isRepeated = settings.repeatedChance > 0 && random.chance(settings.repeatedChance);
    if (settings.lostChance > 0 && random.chance(settings.lostChance)) {
      this.#seq++;
      this.#host.count("host events lost");
      return;
    }
    this.#event(name, params());
    if (!isRepeated) return;
    this.#host.count("host events repeated");
    this.#event(name, params());
  }

  #event(name: string, params: object): void {
    const event = { ...params, seq: ++this.#seq };
    this.#open++;
    this.#host.count(`host event ${name}`);
    this.#deliver(() => {
      try {
        this.#chain?.event(name, event);
      } catch (error) {
        // The session answers an event that can't be read in the same way: it counts it.
        if (!(error instanceof NetworkError)) throw error;
        this.#host.count("host events refused");
      }
    });
  }

  /** Runs in the node when the host's next message arrives there. */
  #deliver(run: () => void): void {
    const { schedule } = this.#host;
    this.#lastMs = Math.max(this.#lastMs, schedule.nowMs + this.#host.latencyMs());
    schedule.after(this.#lastMs - schedule.nowMs, this.#life, run);
  }

  readonly #ask: AskHost = (question, params, signal) => {
    const { schedule, random, settings } = this.#host;
    if (signal.aborted) return Promise.reject(new NetworkError("stopped", `${question} was cancelled`));
    if (this.#questions >= OPEN_QUESTIONS_MAX)
      return Promise.reject(new NetworkError("peer_busy", "too many questions"));
    this.#questions++;
    this.#host.count(`host question ${question}`);
    return new Promise((resolve, reject) => {
      let open = true;
      const end = (settle: () => void): void => {
        if (!open) return;
        open = false;
        this.#questions--;
        schedule.cancel(timeout);
        signal.removeEventListener("abort", cancelled);
        settle();
      };
      const cancelled = (): void => end(() => reject(new NetworkError("stopped", `${question} was cancelled`)));
      signal.addEventListener("abort", cancelled, { once: true });
      const timeout = schedule.after(ANSWER_TIMEOUT_MS, this.#life, () => {
        end(() => reject(new NetworkError("request_timeout", `the host did not answer ${question} in time`)));
      });
      if (random.chance(settings.unansweredChance)) return this.#host.count("host questions unanswered");
      schedule.after(this.#host.latencyMs(), this.#life, () => {
        const answer = this.#answer(question, params);
        this.#deliver(() => end(() => ("error" in answer ? reject(answer.error) : resolve(answer.value))));
      });
    });
  };

  #answer(question: HostQuestion, params: object): Answer {
    const { settings, random, view } = this.#host;
    if (settings.gone) return { error: new NetworkError("peer_gone", "the host is unavailable") };
    if (random.chance(settings.busyChance)) return { error: new NetworkError("peer_busy", "the host is busy") };
    try {
      switch (question) {
        case "chain.tip":
          return { value: view.tip() };
        case "chain.blocks": {
          const { from, to } = params as { from: number; to: number };
          return { value: view.blocksOf(from, to) };
        }
        case "chain.miner":
          return { value: view.miner((params as { key: string }).key) };
        case "chain.task":
          return { value: null };
      }
    } catch (error) {
      if (error instanceof NetworkError) return { error };
      throw error;
    }
  }
}
