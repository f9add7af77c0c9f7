import { EXTRA_CONNECTIONS, EXTRA_DIAL_MS, EXTRA_RETRY_MS } from "../constants.js";

export interface ExtraPeersOptions {
  readonly isConnected: (peer: string) => boolean;
  /** Closes the connection to a peer that is no longer wanted. */
  readonly release: (peer: string) => void;
  /** Half the wait to the whole of it. */
  readonly jitter: (waitMs: number) => number;
  readonly nowMs: () => number;
}

/**
 * Connections to other peers that a node makes although it has enough. Each is closed when newer ones have come.
 * Without them two parts of a network that were apart, and have enough peers each, would stay apart.
 */
export class ExtraPeers {
  readonly #options: ExtraPeersOptions;
  /** The oldest first; at most EXTRA_CONNECTIONS. */
  #peers: string[] = [];
  /** The last one that was released, until its connection has ended. */
  #released: string | undefined;
  /** Dialled now. */
  #next: string | undefined;
  #dueMs: number | undefined;

  constructor(options: ExtraPeersOptions) {
    this.#options = options;
  }

  /** Whether the peer was dialled as an extra one: not by the node's choice, but at random. */
  has(peer: string): boolean {
    return peer === this.#next || this.#peers.includes(peer);
  }

  /** Whether one more is due. The first is due a wait after the first call. */
  get isDue(): boolean {
    this.#dueMs ??= this.#options.nowMs() + this.#options.jitter(EXTRA_DIAL_MS);
    return this.#next === undefined && this.#options.nowMs() >= this.#dueMs;
  }

  /**
   * Dials a peer as an extra one, and releases the oldest beyond the bound. `dial` resolves with the peer that
   * answered.
   */
  async meet(peer: string, dial: () => Promise<string | undefined>): Promise<void> {
    const { nowMs, jitter } = this.#options;
    this.#next = peer;
    const isMet = (await dial()) === peer;
    this.#next = undefined;
    this.#dueMs = nowMs() + (isMet ? jitter(EXTRA_DIAL_MS) : EXTRA_RETRY_MS);
    if (isMet) this.#connected(peer);
  }

  /** The node lacks peers: the extra ones stay. */
  keep(): void {
    this.#peers = [];
  }

  /** Whether the end of the peer's connection was a release. */
  takeReleased(peer: string): boolean {
    if (peer !== this.#released) return false;
    this.#released = undefined;
    return true;
  }

  #connected(peer: string): void {
    const { isConnected, release } = this.#options;
    this.#peers = [...this.#peers.filter((other) => other !== peer && isConnected(other)), peer];
    const oldest = this.#peers.length > EXTRA_CONNECTIONS ? this.#peers.shift() : undefined;
    if (oldest === undefined) return;
    this.#released = oldest;
    release(oldest);
  }
}
