import { HELLO_LIMITS } from "../../protocol/hello.js";
import { GROUP_KNOWN_MAX } from "../constants.js";
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

/** Peers that are looked at for one list: a full book would take milliseconds for each hello. */
const CANDIDATES = 4 * HELLO_LIMITS.known;

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
  const known: { readonly first: string; readonly second: string | undefined }[] = [];
  for (const { peer, addresses } of entries) {
    if (peer === other) continue;
    if (known.length >= CANDIDATES) break;
    const usable = addresses.filter((text) => worthTrying(addressScope(text), scope));
    const first = usable.find((text) => addressFamily(text) === family) ?? usable[0];
    if (first === undefined) continue;
    known.push({ first, second: usable.find((text) => addressFamily(text) !== addressFamily(first)) });
  }
  const chosen = spreadByGroup(known, ({ first }) => first).slice(0, HELLO_LIMITS.known);
  const seconds = chosen.flatMap(({ second }) => second ?? []);
  return [...chosen.map(({ first }) => first), ...seconds].slice(0, HELLO_LIMITS.known);
}

/** At most GROUP_KNOWN_MAX items of each address group in their order, then the others. */
function spreadByGroup<T>(items: readonly T[], addressOf: (item: T) => string): T[] {
  const counts = new Map<string, number>();
  const [few, more]: [T[], T[]] = [[], []];
  for (const item of items) {
    const group = addressGroup(addressOf(item));
    const count = counts.get(group) ?? 0;
    counts.set(group, count + 1);
    (count < GROUP_KNOWN_MAX ? few : more).push(item);
  }
  return [...few, ...more];
}
