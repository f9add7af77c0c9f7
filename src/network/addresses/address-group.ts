import { isIP } from "node:net";
import { multiaddr } from "@multiformats/multiaddr";
import { addressScope } from "./address-scope.js";

/** The group of every loopback address: one machine. */
export const LOOPBACK_GROUP = "loopback";
/** The one group of all addresses without an IP address, such as names. */
export const UNKNOWN_GROUP = "unknown";

/** Prefixes of a group in bytes: the largest range that one subscriber or one rented machine usually has. */
const IPV4_GROUP_BYTES = 3;
const IPV6_GROUP_BYTES = 6;
/** A private IPv6 network is one /64. In a private IPv4 network the operator assigns each address. */
const IPV6_PRIVATE_BYTES = 8;
const IPV4_PRIVATE_BYTES = 4;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function ipv4Group(bytes: Uint8Array): string {
  const text = bytes.join(".");
  const scope = addressScope(`/ip4/${text}/tcp/1`);
  if (scope === "loopback") return LOOPBACK_GROUP;
  return `4:${hex(bytes.subarray(0, scope === "private" ? IPV4_PRIVATE_BYTES : IPV4_GROUP_BYTES))}`;
}

/** The IPv4 address inside a mapped, translated (NAT64) or 6to4 address: the sender owns that one. */
function innerIpv4(bytes: Uint8Array): Uint8Array | undefined {
  const prefix = hex(bytes);
  if (prefix.startsWith("00000000000000000000ffff")) return bytes.subarray(12);
  if (prefix.startsWith("0064ff9b0000000000000000")) return bytes.subarray(12);
  if (prefix.startsWith("2002")) return bytes.subarray(2, 6);
  return undefined;
}

/**
 * The address group of an IP address or a multiaddr (protocol.md, Sync). Addresses of one group may belong to one
 * attacker, so they count once. Public IPv4: /24. Public IPv6: /48, and all of Teredo (2001::/32) is one group. Private
 * IPv4: the address itself. Private IPv6: /64. Never throws.
 */
export function addressGroup(address: string): string {
  const host = address.startsWith("/") ? address.split("/")[2] : address;
  const ip = (host ?? "").split("%")[0] ?? "";
  const family = isIP(ip);
  if (family === 0) return UNKNOWN_GROUP;
  // A multiaddr of one component is its code, one byte, and the address.
  const bytes = multiaddr(`/ip${family}/${ip}`).bytes.slice(1);
  if (family === 4) return ipv4Group(bytes);
  const inner = innerIpv4(bytes);
  if (inner !== undefined) return ipv4Group(inner);
  const scope = addressScope(`/ip6/${ip}/tcp/1`);
  if (scope === "loopback") return LOOPBACK_GROUP;
  if (hex(bytes).startsWith("20010000")) return "6:20010000";
  return `6:${hex(bytes.subarray(0, scope === "private" ? IPV6_PRIVATE_BYTES : IPV6_GROUP_BYTES))}`;
}
