import { Backoff } from "../../engine/index.js";
import { type DialReason, describeDial } from "../../protocol/dial-reasons.js";
import {
  ADDRESSES_PER_PEER,
  BUSY_MAX_MS,
  BUSY_MIN_MS,
  FOREIGN_MAX_MS,
  FOREIGN_MIN_MS,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
} from "../constants.js";
import type { DialAddress } from "./address-scope.js";

/** Where a target comes from: the configuration, an earlier hello, another peer, or the machines of the chain. */
export type TargetKind = "bootstrap" | "known" | "hint" | "host";

/** One peer, or one address where its peer is not known, that this node dials. */
export interface Target {
  readonly kind: TargetKind;
  addresses: readonly DialAddress[];
  /** The peer at these addresses. For a bootstrap address without a peer id it is known after the first dial. */
  peer: string | undefined;
  /** The dnsaddr name that led here, where one did. */
  readonly source: string | undefined;
  /** Dials since the last good connection. */
  attempts: number;
  /** How many of these dials reached a node of another network. */
  foreign: number;
  dueMs: number;
  dialing: boolean;
  /** Why the last dial or connection failed; undefined before the first and after a hello that succeeded. */
  reason: DialReason | undefined;
  /** When the last dial began or the last connection ended; undefined before the first. */
  triedMs: number | undefined;
}

/** A target as status and the API show it. */
export interface DialReport {
  readonly kind: TargetKind;
  /** As it was given, or the best address. */
  readonly address: string;
  readonly peer: string | undefined;
  /** The dnsaddr name that led here, where one did. */
  readonly source: string | undefined;
  /** `resolved` is the state of a dnsaddr name whose addresses are dialled. */
  readonly state: "connected" | "dialing" | "waiting" | "resolved";
  readonly attempts: number;
  readonly reason: DialReason | undefined;
  readonly triedMs: number | undefined;
  /** The time of the next dial, in the state `waiting`. */
  readonly nextMs: number | undefined;
}

const REDIAL = new Backoff(REDIAL_MIN_MS, REDIAL_MAX_MS);
/** Only a person changes the network of a node. */
const FOREIGN = new Backoff(FOREIGN_MIN_MS, FOREIGN_MAX_MS);

/** A place gets free when one of its peers leaves. */
const BUSY = new Backoff(BUSY_MIN_MS, BUSY_MAX_MS);

/** How long to wait after a failure: longer where a node without room, or one of another network, answered. */
export function waitAfter(target: Pick<Target, "attempts" | "foreign">, reason: DialReason): number {
  if (describeDial(reason).foreign === true) return FOREIGN.waitMs(target.foreign);
  return (reason === "peer_busy" ? BUSY : REDIAL).waitMs(target.attempts);
}

/** Peers of targets whose last dials failed. */
export function failingPeers(targets: Iterable<Target>): Set<string> {
  const failing = new Set<string>();
  for (const { peer, reason, attempts } of targets)
    if (peer !== undefined && reason !== undefined && attempts > 1) failing.add(peer);
  return failing;
}

/** Adds an address to those of a hint. The newest two of each family are kept. */
export function withAddress(known: readonly DialAddress[], advertised: DialAddress): readonly DialAddress[] {
  if (known.some(({ bare }) => bare === advertised.bare)) return known;
  const family = (address: DialAddress) => address.bare.split("/")[1];
  const same = known.filter((address) => family(address) === family(advertised));
  const kept = known.filter((address) => same.length < ADDRESSES_PER_PEER / 2 || address !== same[0]);
  return [...kept, advertised];
}

export function reportOf(target: Target, isConnected: boolean): DialReport {
  const { kind, addresses, peer, source, attempts, reason, triedMs, dialing, dueMs } = target;
  const state = isConnected ? "connected" : dialing ? "dialing" : "waiting";
  const [best] = addresses;
  const address = best === undefined ? "" : best.multiaddr.toString();
  return {
    ...{ kind, address, peer, source, state, attempts, triedMs },
    reason: isConnected ? undefined : reason,
    nextMs: state === "waiting" ? dueMs : undefined,
  };
}
