import type { DialReason } from "../../protocol/dial-reasons.js";

/** One address that this node dials. Times are ms of the machine's clock. */
export interface DialInfo {
  /** Configured, said hello before, told by a peer, a machine that runs the chain. */
  readonly kind: "bootstrap" | "known" | "hint" | "host";
  readonly address: string;
  /** libp2p peer id; undefined where it is not known. */
  readonly peer: string | undefined;
  /** The dnsaddr name that led here, where one did. */
  readonly source: string | undefined;
  /** `resolved`: a dnsaddr name, whose addresses are rows of their own. */
  readonly state: "connected" | "dialing" | "waiting" | "resolved";
  /** Dials since the last good connection. */
  readonly attempts: number;
  /** Why the last dial or connection came to nothing. */
  readonly reason: DialReason | undefined;
  readonly triedMs: number | undefined;
  readonly nextMs: number | undefined;
}

/** Whether this node reaches others and others reach it. */
export interface ReachInfo {
  /** `alone`: no peer, and nobody to dial. `joining`: the first dials are under way. `isolated`: see the standing faults. */
  readonly state: "connected" | "alone" | "joining" | "isolated";
  /** It listens on loopback only and its bootstrap addresses are elsewhere: nobody can dial it. */
  readonly loopbackOnly: boolean;
  /** What peers are told, each as far as it can use it. */
  readonly advertised: readonly string[];
  /** What was given to announce, and what is told in its place. */
  readonly announced: readonly {
    readonly address: string;
    readonly advertised: readonly string[];
    readonly reason: DialReason | undefined;
  }[];
  /** IP addresses at which peers say that they see this node, and how many address groups say so: a hint, never believed. */
  readonly observed: readonly { readonly host: string; readonly groups: number }[];
  readonly bootstrap: readonly DialInfo[];
  /** Other addresses, those that failed last first; at most 64. */
  readonly dials: readonly DialInfo[];
}

type Row = Readonly<Record<string, unknown>>;

function seconds(ms: number | undefined): number | null {
  return ms === undefined || !Number.isFinite(ms) ? null : Math.floor(ms / 1000);
}

/** A dial as the methods answer it. */
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
