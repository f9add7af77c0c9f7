import { describeDial } from "../../protocol/dial-reasons.js";
import type { DialReport } from "../addresses/index.js";

/** Why this node has no peer, as one of the faults of the network. */
export interface Isolation {
  readonly code: "no_peers" | "isolated" | "bootstrap_unreachable" | "wrong_network_peers";
  readonly text: string;
  readonly cure: string | undefined;
}

export interface IsolationFacts {
  readonly readyPeers: number;
  /** At least one peer was ready since the start. */
  readonly hadPeers: boolean;
  /** Every target that this node dials. */
  readonly dials: readonly DialReport[];
  /** A node of another network connected recently. */
  readonly foreignSeen: boolean;
}

/** Addresses named in one text, so that it stays readable. */
const NAMED_MAX = 3;

function named(dials: readonly DialReport[]): string {
  const advertised = dials.slice(0, NAMED_MAX).map(({ address, reason }) => {
    return reason === undefined ? address : `${address} ${describeDial(reason).text}`;
  });
  const more = dials.length > NAMED_MAX ? [`${dials.length - NAMED_MAX} more`] : [];
  return [...advertised, ...more].join("; ");
}

/** The cure of the first reason. */
function cureOf(dials: readonly DialReport[]): string | undefined {
  const reason = dials.find((dial) => dial.reason !== undefined)?.reason;
  return reason === undefined ? undefined : describeDial(reason).cure;
}

/** Undefined while a peer is ready, while the first dials run, and where no address is known and no node connected. */
export function isolationOf({ readyPeers, hadPeers, dials, foreignSeen }: IsolationFacts): Isolation | undefined {
  if (readyPeers > 0) return undefined;
  const targets = dials.filter(({ reason, state }) => reason !== "own_address" && state !== "resolved");
  const failed = targets.filter(({ reason }) => reason !== undefined);
  const foreign = failed.filter(({ reason }) => reason !== undefined && describeDial(reason).foreign === true);
  if (foreign.length > 0 && foreign.length === failed.length) {
    return {
      code: "wrong_network_peers",
      text: `only nodes of other networks answer: ${named(foreign)}`,
      cure: cureOf(foreign),
    };
  }
  if (targets.length === 0) {
    if (foreignSeen) {
      const text = "only nodes of other networks connect to this node";
      return { code: "wrong_network_peers", text, cure: undefined };
    }
    if (!hadPeers) return undefined;
    const text = "the last peer has gone, and no address of another is known";
    return { code: "no_peers", text, cure: "name peers with the option bootstrap, or wait until one connects" };
  }
  if (hadPeers) {
    return { code: "isolated", text: `the last peer has gone: ${named(targets)}`, cure: cureOf(targets) };
  }
  const bootstrap = targets.filter(({ kind }) => kind === "bootstrap");
  if (bootstrap.length > 0) {
    if (bootstrap.some(({ reason }) => reason === undefined)) return undefined;
    const text = `no bootstrap address can be reached: ${named(bootstrap)}`;
    return { code: "bootstrap_unreachable", text, cure: cureOf(bootstrap) };
  }
  if (failed.length < targets.length) return undefined;
  return { code: "isolated", text: `no known peer can be reached: ${named(failed)}`, cure: cureOf(failed) };
}
