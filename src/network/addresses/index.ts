/**
 * Addresses: how they are read, which of them a peer may use, and which are remembered.
 *
 * In: text from the configuration (`addressProblem`), from peers (`claimedAddresses`, `worthTrying`) and from DNS
 * (`resolveDnsaddr`); errors of dials (`dialReason`). Out: parsed addresses (`DialAddress`), the peers that were
 * reached (`AddressBook`), the addresses of this node (`OwnAddresses`, `ObservedAddresses`) and the wait after a failed
 * dial (`waitAfter`).
 *
 * An address from a peer is a hint. A peer on loopback can name loopback addresses only, a public peer public ones
 * only, and no peer can name a DNS name.
 *
 * Bounds: ADDRESS_BOOK_MAX peers of ADDRESSES_PER_PEER addresses; DNSADDR_QUERIES_MAX queries and DNSADDR_ADDRESSES_MAX
 * addresses of one dnsaddr name; ANNOUNCED_PER_NAME addresses of one announced name; OBSERVERS_MAX address groups;
 * HINTS_MAX resting addresses.
 *
 * Under overload: the oldest entry leaves a full table. A store of addresses that fails is logged, and the book
 * continues in memory.
 */
export { AddressBook } from "./address-book.js";
export { addressGroup, LOOPBACK_GROUP } from "./address-group.js";
export {
  type AddressScope,
  addressScope,
  claimedAddresses,
  type DialAddress,
  eachFamily,
  hostAddresses,
  listenScope,
  parseAddress,
  worthTrying,
} from "./address-scope.js";
export { dialReason } from "./dial-failure.js";
export { type DialReport, failingPeers, reportOf, type Target, waitAfter, withAddress } from "./dial-target.js";
export { type Dnsaddr, parseDnsaddr, resolveDnsaddr } from "./dnsaddr.js";
export { addressProblem } from "./given-address.js";
export type { AddressStore, KnownAddress } from "./known-address.js";
export { type NameResolver, systemResolver } from "./name-resolver.js";
export { type ObservedAddress, ObservedAddresses } from "./observed-addresses.js";
export { type AnnounceReport, OwnAddresses } from "./own-addresses.js";
export { knownFor, seenAt, usableBy } from "./received-addresses.js";
export { RestingAddresses } from "./resting-addresses.js";
