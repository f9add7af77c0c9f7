import { type DialReason, describeDial } from "../../protocol/dial-reasons.js";
import { NetworkError } from "../../protocol/errors.js";
import {
  type AnnounceReport,
  addressProblem,
  type DialAddress,
  type DialReport,
  type NameResolver,
  parseAddress,
} from "../addresses/index.js";
import type { NetworkHandlers } from "../types.js";
import { Redial } from "./redial.js";
import type { RedialOptions } from "./redial-options.js";
import { Seeds } from "./seeds.js";

export interface DialingOptions extends Omit<RedialOptions, "failed"> {
  /** Bootstrap addresses as configured. */
  readonly bootstrap: readonly string[];
  readonly resolver: NameResolver;
  readonly handlers: Pick<NetworkHandlers, "log" | "dialFailed">;
  readonly stopping: AbortSignal;
}

/** Throws `bad_parameters` with the reason for the first address that cannot be used so. */
export function checkAddresses(addresses: readonly string[], use: "dial" | "listen" | "announce"): void {
  for (const text of addresses) {
    const problem = addressProblem(text, use);
    if (problem !== undefined) throw new NetworkError("bad_parameters", `${JSON.stringify(text)}: ${problem}`);
  }
}

/** Throws `bad_parameters` for an announced address with the id of another peer. */
export function checkOwnIds(announce: readonly string[], ownPeer: string): void {
  for (const text of announce) {
    const id = text.split("/p2p/")[1];
    if (id === undefined || id === ownPeer) continue;
    throw new NetworkError(
      "bad_parameters",
      `${JSON.stringify(text)}: the peer id is not that of this node, ${ownPeer}`,
    );
  }
}

/** Redials and dnsaddr names. A configured address that fails is logged once for each new reason. */
export class Dialing {
  readonly redial: Redial;
  readonly #seeds: Seeds;
  readonly #handlers: DialingOptions["handlers"];

  constructor(options: DialingOptions) {
    const { bootstrap, resolver, handlers, stopping, nowMs } = options;
    this.#handlers = handlers;
    const failed = (report: DialReport, before: DialReason | undefined) => this.#failed(report, before);
    const addresses = bootstrap.map(parseAddress).filter((address): address is DialAddress => address !== undefined);
    this.redial = new Redial({ ...options, failed }, addresses);
    this.#seeds = new Seeds(bootstrap, {
      resolver,
      found: (source, found) => {
        handlers.log("debug", "a dnsaddr name is resolved", { address: source, count: found.length });
        this.redial.setSeeds(source, found);
      },
      failed,
      stopping,
      nowMs,
    });
  }

  tick(): void {
    this.#seeds.tick();
    this.redial.tick();
  }

  /** All targets, bootstrap addresses first. */
  reports(): DialReport[] {
    return [...this.#seeds.reports(), ...this.redial.reports()];
  }

  #failed({ kind, address, reason }: DialReport, before: DialReason | undefined): void {
    if (reason === undefined) return;
    this.#handlers.dialFailed(reason);
    if (reason === before || (reason === "lost" && before === undefined)) return;
    const { text, cure } = describeDial(reason);
    // A node without room is usual in a large network: it names others.
    const level = kind !== "bootstrap" ? "debug" : reason === "peer_busy" ? "info" : "warn";
    const what = kind === "bootstrap" ? "a bootstrap address" : "an address";
    this.#handlers.log(level, `${what} ${text}`, { address, code: reason, cure });
  }
}

/** Logs an announced name that does not resolve, once for each new reason. */
export function logAnnounce(log: NetworkHandlers["log"], report: AnnounceReport, before: DialReason | undefined): void {
  const { address, reason, advertised } = report;
  if (reason === undefined || reason === before) return;
  const text = advertised.length === 0 ? "it is not advertised" : "its earlier addresses stay advertised";
  log("warn", `an announced address has a name that does not resolve; ${text}`, { address, code: reason });
}
