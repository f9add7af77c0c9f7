import { type DialReason, describeDial } from "../../protocol/dial-reasons.js";
import {
  type AnnounceReport,
  type DialReport,
  listenScope,
  type ObservedAddress,
  type OwnAddresses,
} from "../addresses/index.js";
import { FOREIGN_SEEN_MS, REPORTED_DIALS_MAX } from "../constants.js";
import { DoubledPeerIds } from "./doubled-peer-ids.js";
import { type Isolation, isolationOf } from "./isolation.js";

/** Whether this node reaches peers and peers reach it, for people. */
export interface ReachReport {
  /** `alone`: no peer, and no address to dial. `joining`: the first dials run. */
  readonly state: "connected" | "alone" | "joining" | "isolated";
  readonly isolation: Isolation | undefined;
  /** The node listens on loopback only and its peers are on other machines: they can't dial it. */
  readonly loopbackOnly: boolean;
  /** Addresses that it listened on and that have left the machine. */
  readonly gone: readonly string[];
  /** The addresses to advertise. Each peer gets those that it can use. */
  readonly advertised: readonly string[];
  readonly announced: readonly AnnounceReport[];
  /** The addresses at which peers see this node; a hint. */
  readonly observed: readonly ObservedAddress[];
  readonly bootstrap: readonly DialReport[];
  /** At most REPORTED_DIALS_MAX other addresses, the latest failure first. */
  readonly dials: readonly DialReport[];
}

export interface ReachOptions {
  readonly own: OwnAddresses;
  /** Bootstrap targets first. */
  readonly dials: () => readonly DialReport[];
  readonly readyPeers: () => number;
  readonly observed: (own: readonly string[]) => readonly ObservedAddress[];
  /** As given. */
  readonly bootstrap: readonly string[];
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  readonly libp2pKeyIsNew: boolean;
  readonly nowMs: () => number;
}

/** Combines the state of dials, peers and own addresses at each tick. */
export class Reach {
  readonly #options: ReachOptions;
  /** Follows from the configuration alone, not from the state of the interfaces. */
  readonly loopbackOnly: boolean;
  readonly doubledPeerIds: DoubledPeerIds;
  #doubledPeerId: string | undefined;
  #hadPeers = false;
  #foreignMs = Number.NEGATIVE_INFINITY;
  #isolation: Isolation | undefined;
  #gone: readonly string[] = [];

  constructor(options: ReachOptions) {
    this.#options = options;
    this.doubledPeerIds = new DoubledPeerIds(options.libp2pKeyIsNew);
    const reachable = [...options.listen, ...options.announce].some(isElsewhere);
    this.loopbackOnly = !reachable && options.listen.length > 0 && options.bootstrap.some(isElsewhere);
  }

  get isolation(): Isolation | undefined {
    return this.#isolation;
  }

  /** The evidence, for a person, that another node has this node's libp2p key; undefined without evidence. */
  get doubledPeerId(): string | undefined {
    return this.#doubledPeerId;
  }

  get gone(): readonly string[] {
    return this.#gone;
  }

  peerReady(): void {
    this.#hadPeers = true;
  }

  /** A hello was refused, by this node or by the peer. */
  refused(reason: DialReason): void {
    if (describeDial(reason).foreign === true) this.#foreignMs = this.#options.nowMs();
  }

  /** Call it every TICK_MS. While a peer is ready it does not visit the targets. */
  tick(): void {
    const { own, dials, readyPeers, nowMs } = this.#options;
    const ready = readyPeers();
    this.#doubledPeerId = this.doubledPeerIds.report(ready, nowMs());
    const foreignSeen = nowMs() - this.#foreignMs < FOREIGN_SEEN_MS;
    this.#isolation =
      ready > 0 ? undefined : isolationOf({ readyPeers: 0, hadPeers: this.#hadPeers, dials: dials(), foreignSeen });
    this.#gone = own.gone();
  }

  report(): ReachReport {
    this.tick();
    const { own, observed } = this.#options;
    const dials = this.#options.dials();
    const advertised = own.advertised();
    const others = dials.filter(({ kind }) => kind !== "bootstrap");
    const lastMs = ({ triedMs, reason }: DialReport) => (reason === undefined ? 0 : (triedMs ?? 0));
    return {
      state: this.#state(dials),
      isolation: this.#isolation,
      loopbackOnly: this.loopbackOnly,
      gone: this.#gone,
      advertised,
      announced: own.announced(),
      observed: observed([...own.listening(), ...advertised]),
      bootstrap: this.#onClock(dials.filter(({ kind }) => kind === "bootstrap")),
      dials: this.#onClock(others.sort((a, b) => lastMs(b) - lastMs(a)).slice(0, REPORTED_DIALS_MAX)),
    };
  }

  /** Times of the machine's clock: `nowMs` does not follow a clock that is set. A dial due at 0 is due at once. */
  #onClock(dials: readonly DialReport[]): DialReport[] {
    const aheadMs = Date.now() - this.#options.nowMs();
    const shifted = (ms: number | undefined) => (ms === undefined || ms === 0 ? ms : ms + aheadMs);
    return dials.map((dial) => ({ ...dial, triedMs: shifted(dial.triedMs), nextMs: shifted(dial.nextMs) }));
  }

  #state(dials: readonly DialReport[]): ReachReport["state"] {
    if (this.#options.readyPeers() > 0) return "connected";
    if (this.#isolation !== undefined) return "isolated";
    return dials.length > 0 ? "joining" : "alone";
  }
}

/** Whether an address leads to another machine; a name may. */
export function isElsewhere(address: string): boolean {
  const [, kind = "", host = ""] = address.split("/");
  if (kind.startsWith("dns")) return host !== "localhost";
  return listenScope(address) !== "loopback";
}
