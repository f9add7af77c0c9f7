/** The longest wait. A hello takes at most 10 s, and the exchange of a node that is up to date follows in a second. */
export const FIRST_EXCHANGE_MAX_MS = 12_000;

export interface FirstExchangePorts {
  /** Whether the node knows an address of any peer, or has one. */
  readonly hasPeers: () => boolean;
  /** Whether the set was compared with that of a peer since the start. */
  readonly isCompared: () => boolean;
  /** Records of callers wait. */
  readonly waits: () => void;
  /** A record of a caller is signed though the set was compared with no peer. Called once. */
  readonly missed: () => void;
}

/**
 * Lets a start hear of its peers before the first signature (protocol.md, Signing). A node that was restored from an
 * older copy, or shares its keys with another node, can't know from its disk which numbers are used; the first exchange
 * brings the records that have them. Without peers nothing is waited for.
 */
export class FirstExchange {
  readonly #ports: FirstExchangePorts;
  #timer: NodeJS.Timeout | undefined;
  #waiting: Promise<void> | undefined;
  #end: (() => void) | undefined;
  #isOver = false;
  /** The longest wait ended without an exchange, and no caller was affected yet. */
  #isMissed = false;

  constructor(ports: FirstExchangePorts) {
    this.#ports = ports;
  }

  /** The node started. The result ends all waits. */
  start(): () => void {
    this.#timer = setTimeout(() => {
      this.#isMissed = !this.#ports.isCompared();
      if (this.#waiting !== undefined) this.#reportMissed();
      this.#over();
    }, FIRST_EXCHANGE_MAX_MS);
    this.#timer.unref();
    return () => this.#over();
  }

  /** Looks whether the wait is over. Call it often. */
  look(): void {
    if (this.#isOver && !this.#isMissed) return;
    if (!this.#ports.isCompared()) return;
    this.#isMissed = false;
    this.#over();
  }

  /** Resolves when an own record may be signed. Never rejects. */
  async wait(): Promise<void> {
    if (!this.#isOver && !this.#ports.hasPeers()) this.#over();
    if (this.#isOver) {
      if (this.#ports.hasPeers()) this.#reportMissed();
      return;
    }
    if (this.#waiting === undefined) {
      this.#waiting = new Promise((resolve) => {
        this.#end = resolve;
      });
      this.#ports.waits();
    }
    await this.#waiting;
  }

  #reportMissed(): void {
    if (this.#isMissed) this.#ports.missed();
    this.#isMissed = false;
  }

  #over(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#end?.();
  }
}
