import { OBSERVED_HOSTS_MAX, OBSERVERS_MAX } from "../constants.js";
import { parseAddress } from "./address-scope.js";

/** An IP address at which peers see this node, and the number of address groups that report it. */
export interface ObservedAddress {
  readonly host: string;
  readonly groups: number;
}

/**
 * The addresses at which peers see this node: a hint for the operator. They are never advertised, and no decision uses
 * them. The latest report of each address group counts, so many identities behind one address count once.
 */
export class ObservedAddresses {
  /** The host that each group reported last, the latest group at the end. */
  readonly #byGroup = new Map<string, string>();

  /** Groups with a report. */
  get size(): number {
    return this.#byGroup.size;
  }

  /** A peer of this group sees this node at this multiaddr. A multiaddr without IP address and port is skipped. */
  note(group: string, observed: string): void {
    const address = parseAddress(observed);
    if (address === undefined || address.scope === "name" || address.scope === "none") return;
    this.#byGroup.delete(group);
    this.#byGroup.set(group, address.host);
    for (const oldest of this.#byGroup.keys()) {
      if (this.#byGroup.size <= OBSERVERS_MAX) return;
      this.#byGroup.delete(oldest);
    }
  }

  /** At most OBSERVED_HOSTS_MAX hosts that are not in `own`, those with the most groups first. */
  hints(own: readonly string[]): ObservedAddress[] {
    const mine = new Set(own.map((text) => parseAddress(text)?.host));
    const counts = new Map<string, number>();
    for (const host of this.#byGroup.values()) if (!mine.has(host)) counts.set(host, (counts.get(host) ?? 0) + 1);
    return [...counts]
      .map(([host, groups]) => ({ host, groups }))
      .sort((a, b) => b.groups - a.groups)
      .slice(0, OBSERVED_HOSTS_MAX);
  }
}
