import type { DialReason } from "../../protocol/dial-reasons.js";

/** An address that this node dials. Times are ms of the machine's clock. */
export interface DialInfo {
  /**
   * `bootstrap`: configured. `known`: its hello succeeded before. `hint`: from a peer. `host`: a machine that runs the
   * chain.
   */
  readonly kind: "bootstrap" | "known" | "hint" | "host";
  readonly address: string;
  /** libp2p peer id; undefined where it is not known. */
  readonly peer: string | undefined;
  /** The dnsaddr name that resolved to this address, if any. */
  readonly source: string | undefined;
  /** `resolved`: a dnsaddr name; its addresses have their own rows. */
  readonly state: "connected" | "dialing" | "waiting" | "resolved";
  /** Dials since the last good connection. */
  readonly attempts: number;
  /** Why the last dial or connection failed. */
  readonly reason: DialReason | undefined;
  readonly triedMs: number | undefined;
  readonly nextMs: number | undefined;
}

/** Whether this node reaches peers and peers reach this node. */
export interface ReachInfo {
  /**
   * `alone`: no peer, and no address to dial. `joining`: the first dials run. `isolated`: a fault of the network shows
   * the reason.
   */
  readonly state: "connected" | "alone" | "joining" | "isolated";
  /** The node listens on loopback only although its bootstrap addresses are elsewhere: no other machine can dial it. */
  readonly loopbackOnly: boolean;
  /** The addresses that peers get; each peer gets those that it can use. */
  readonly advertised: readonly string[];
  /** Each configured announce address and the addresses that it resolves to. */
  readonly announced: readonly {
    readonly address: string;
    readonly advertised: readonly string[];
    readonly reason: DialReason | undefined;
  }[];
  /** IP addresses at which peers see this node, and the number of address groups that report each. A hint only. */
  readonly observed: readonly { readonly host: string; readonly groups: number }[];
  readonly bootstrap: readonly DialInfo[];
  /** Other addresses, the latest failures first; at most 64. */
  readonly dials: readonly DialInfo[];
}

type Row = Readonly<Record<string, unknown>>;

function seconds(ms: number | undefined): number | null {
  return ms === undefined || !Number.isFinite(ms) ? null : Math.floor(ms / 1000);
}

/** The answer of the methods for a dial. */
export function dialAnswer(dial: DialInfo): Row {
  return {
    kind: dial.kind,
    address: dial.address,
    peer_id: dial.peer ?? null,
    source: dial.source ?? null,
    state: dial.state,
    attempts: dial.attempts,
    reason: dial.reason ?? null,
    last_tried: seconds(dial.triedMs),
    next_try: seconds(dial.nextMs),
  };
}

/** `dials` of `ai_get_peers`: bootstrap addresses first. */
export function dialsAnswer({ bootstrap, dials }: ReachInfo): Row[] {
  return [...bootstrap, ...dials].map(dialAnswer);
}

/** `reach` of `ai_get_network_info`. */
export function reachAnswer(reach: ReachInfo): Row {
  return {
    state: reach.state,
    loopback_only: reach.loopbackOnly,
    advertised: reach.advertised,
    announced: reach.announced.map(({ address, advertised, reason }) => ({
      address,
      advertised,
      reason: reason ?? null,
    })),
    observed: reach.observed.map(({ host, groups }) => ({ host, groups })),
    bootstrap: reach.bootstrap.map(dialAnswer),
  };
}
