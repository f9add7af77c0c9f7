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
export { type DialReport, reportOf, type Target, waitAfter, withAddress } from "./dial-target.js";
export { type Dnsaddr, parseDnsaddr, resolveDnsaddr } from "./dnsaddr.js";
export { addressProblem } from "./given-address.js";
export type { AddressStore, KnownAddress } from "./known-address.js";
export { type NameResolver, systemResolver } from "./name-resolver.js";
export { type ObservedAddress, ObservedAddresses } from "./observed-addresses.js";
export { type AnnounceReport, OwnAddresses } from "./own-addresses.js";
export { RestingAddresses } from "./resting-addresses.js";
export { knownFor, seenAt, usableBy } from "./told-addresses.js";
