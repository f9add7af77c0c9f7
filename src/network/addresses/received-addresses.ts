import { HELLO_LIMITS } from "../../protocol/hello.js";
import {
  type AddressScope,
  addressFamily,
  addressScope,
  eachFamily,
  parseAddress,
  worthTrying,
} from "./address-scope.js";
import type { KnownAddress } from "./known-address.js";

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
 * connection, and where room is left one in the other family.
 */
export function knownFor(entries: readonly KnownAddress[], other: string, remote: string): string[] {
  const scope = addressScope(remote);
  const family = addressFamily(remote);
  const firsts: string[] = [];
  const seconds: string[] = [];
  for (const { peer, addresses } of entries) {
    if (peer === other) continue;
    if (firsts.length >= HELLO_LIMITS.known) break;
    const usable = addresses.filter((text) => worthTrying(addressScope(text), scope));
    const first = usable.find((text) => addressFamily(text) === family) ?? usable[0];
    if (first === undefined) continue;
    firsts.push(first);
    const second = usable.find((text) => addressFamily(text) !== addressFamily(first));
    if (second !== undefined) seconds.push(second);
  }
  return [...firsts, ...seconds].slice(0, HELLO_LIMITS.known);
}
