import { OBSERVED_HOSTS_MAX, OBSERVERS_MAX } from "../constants.js";
import { parseAddress } from "./address-scope.js";

/** An IP address at which peers see this node, and how many address groups say so. */
export interface ObservedAddress {
  readonly host: string;
  readonly groups: number;
}

/**
 * What peers say of the address at which they see this node: a hint for the operator, never advertised and never decided
 * by. The latest word of each peer group counts; a stranger with many identities behind one address is one voice.
 */
export class ObservedAddresses {
  /** The host that each group named last, the latest group at the end. */
  readonly #byGroup = new Map<string, string>();

  /** Groups that said something. */
  get size(): number {
    return this.#byGroup.size;
  }

  /** A peer of this group sees this node at this multiaddr. What is no IP address with a port is passed over. */
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

  /** Hosts that are not among `own`, those that most groups name first; at most OBSERVED_HOSTS_MAX. */
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
