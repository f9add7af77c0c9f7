import type { DialReason } from "../../protocol/dial-reasons.js";
import {
  type DialAddress,
  type DialReport,
  type Dnsaddr,
  dialReason,
  type NameResolver,
  parseDnsaddr,
  resolveDnsaddr,
  waitAfter,
} from "../addresses/index.js";
import { DNSADDR_REFRESH_MS, NAMES_TIMEOUT_MS } from "../constants.js";
import { deadline } from "../streams/index.js";

export interface SeedsOptions {
  readonly resolver: NameResolver;
  /** The addresses of a name. They replace the earlier ones. */
  readonly found: (source: string, addresses: readonly DialAddress[]) => void;
  /** A name did not resolve; its earlier addresses stay. `before` is the reason of the failure before. */
  readonly failed: (report: DialReport, before: DialReason | undefined) => void;
  readonly stopping: AbortSignal;
  readonly nowMs: () => number;
}

interface Seed {
  readonly given: string;
  readonly dnsaddr: Dnsaddr;
  resolving: boolean;
  dueMs: number;
  attempts: number;
  reason: DialReason | undefined;
  triedMs: number | undefined;
}

/** The `/dnsaddr` bootstrap addresses. Each is resolved at the start, every DNSADDR_REFRESH_MS, and after a failure. */
export class Seeds {
  readonly #options: SeedsOptions;
  readonly #seeds: readonly Seed[];

  constructor(given: readonly string[], options: SeedsOptions) {
    this.#options = options;
    this.#seeds = given.flatMap((text): Seed[] => {
      const dnsaddr = parseDnsaddr(text);
      if (dnsaddr === undefined) return [];
      return [{ given: text, dnsaddr, resolving: false, dueMs: 0, attempts: 0, reason: undefined, triedMs: undefined }];
    });
  }

  /** Starts to resolve the names that are due. Call it every TICK_MS. */
  tick(): void {
    for (const seed of this.#seeds) {
      if (!seed.resolving && seed.dueMs <= this.#options.nowMs()) void this.#resolve(seed);
    }
  }

  reports(): DialReport[] {
    return this.#seeds.map(reportOf);
  }

  async #resolve(seed: Seed): Promise<void> {
    const { resolver, stopping, found, failed, nowMs } = this.#options;
    const limit = deadline(NAMES_TIMEOUT_MS, stopping);
    seed.resolving = true;
    seed.triedMs = nowMs();
    try {
      const addresses = await resolveDnsaddr(seed.dnsaddr, resolver, limit.signal);
      seed.reason = undefined;
      seed.attempts = 0;
      seed.dueMs = nowMs() + DNSADDR_REFRESH_MS;
      if (!stopping.aborted) found(seed.given, addresses);
    } catch (error) {
      const before = seed.reason;
      const thrown = dialReason(error);
      seed.reason = thrown === "no_addresses" ? thrown : "name_not_resolved";
      seed.dueMs = nowMs() + waitAfter({ attempts: seed.attempts, foreign: 0 }, seed.reason);
      seed.attempts += 1;
      if (!stopping.aborted) failed(reportOf(seed), before);
    } finally {
      limit.clear();
      seed.resolving = false;
    }
  }
}

function reportOf({ given, resolving, attempts, reason, triedMs, dueMs }: Seed): DialReport {
  const isResolved = reason === undefined && triedMs !== undefined && !resolving;
  const state = isResolved ? "resolved" : resolving ? "dialing" : "waiting";
  const nextMs = isResolved ? undefined : dueMs;
  return {
    kind: "bootstrap",
    address: given,
    peer: undefined,
    source: undefined,
    state,
    attempts,
    reason,
    triedMs,
    nextMs,
  };
}

/** The targets that dnsaddr names lead to, by peer id or bare address, each with all its addresses. */
export function namedBySeeds(
  seeds: ReadonlyMap<string, readonly DialAddress[]>,
): Map<string, { readonly source: string; readonly addresses: Map<string, DialAddress> }> {
  const named = new Map<string, { readonly source: string; readonly addresses: Map<string, DialAddress> }>();
  for (const [source, led] of seeds) {
    for (const address of led) {
      const key = address.peer ?? address.bare;
      const entry = named.get(key) ?? { source, addresses: new Map<string, DialAddress>() };
      named.set(key, entry);
      entry.addresses.set(address.bare, address);
    }
  }
  return named;
}
