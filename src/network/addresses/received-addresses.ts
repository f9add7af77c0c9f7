import { HELLO_LIMITS } from "../../protocol/hello.js";
import { GROUP_KNOWN_MAX, MAX_CONNECTIONS } from "../constants.js";
import { addressGroup } from "./address-group.js";
import {
  type AddressScope,
  addressFamily,
  addressScope,
  eachFamily,
  parseAddress,
  worthTrying,
} from "./address-scope.js";
import type { KnownAddress } from "./known-address.js";

/** Peers that are looked at for one list: all that may be connected, and as many others. */
const LOOKED_AT_MAX = 2 * MAX_CONNECTIONS;

interface KnownPeer {
  readonly first: string;
  /** Of the other address family. */
  readonly second: string | undefined;
}

/** Addresses that a peer of this scope can use, at most as many as a hello holds. */
export function usableBy(scope: AddressScope, addresses: readonly string[]): string[] {
  const usable = addresses.filter((text) => worthTrying(addressScope(text), scope));
  return eachFamily(usable, HELLO_LIMITS.addresses);
}

/** The remote address of a connection, which the hello reports to the peer. Empty if it has no IP address. */
export function seenAt(remote: string): string {
  const address = parseAddress(remote);
  return address === undefined || address.scope === "name" ? "" : address.bare;
}

/**
 * Recently reached peers for a peer at `remote`, in the order of `entries`: one address of each in the family of this
 * connection, and where room is left one in the other family. Of one address group at most GROUP_KNOWN_MAX, unless
 * there are too few others: who connects often from few addresses does not fill the list.
 */
export function knownFor(entries: readonly KnownAddress[], other: string, remote: string): string[] {
  const scope = addressScope(remote);
  const family = addressFamily(remote);
  const counts = new Map<string, number>();
  const [few, more]: [KnownPeer[], KnownPeer[]] = [[], []];
  for (const { peer, addresses } of entries.slice(0, LOOKED_AT_MAX)) {
    if (few.length >= HELLO_LIMITS.known) break;
    const usable = addresses.filter((text) => worthTrying(addressScope(text), scope));
    const first = usable.find((text) => addressFamily(text) === family) ?? usable[0];
    if (peer === other || first === undefined) continue;
    const group = addressGroup(first);
    const count = counts.get(group) ?? 0;
    counts.set(group, count + 1);
    const second = usable.find((text) => addressFamily(text) !== addressFamily(first));
    (count < GROUP_KNOWN_MAX ? few : more).push({ first, second });
  }
  const chosen = [...few, ...more].slice(0, HELLO_LIMITS.known);
  const seconds = chosen.flatMap(({ second }) => second ?? []);
  return [...chosen.map(({ first }) => first), ...seconds].slice(0, HELLO_LIMITS.known);
}
