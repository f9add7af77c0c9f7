import { BlockList, isIPv6 } from "node:net";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { HELLO_LIMITS } from "../protocol/hello.js";
import { ADDRESSES_PER_PEER } from "./constants.js";

/** How far an address reaches; `name` is a DNS name, `none` what can't be dialled. */
export type AddressScope = "loopback" | "private" | "public" | "name" | "none";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const inside = new BlockList();
inside.addSubnet("10.0.0.0", 8, "ipv4");
inside.addSubnet("100.64.0.0", 10, "ipv4");
inside.addSubnet("169.254.0.0", 16, "ipv4");
inside.addSubnet("172.16.0.0", 12, "ipv4");
inside.addSubnet("192.168.0.0", 16, "ipv4");
inside.addSubnet("fc00::", 7, "ipv6");
inside.addSubnet("fe80::", 10, "ipv6");

const nowhere = new BlockList();
nowhere.addSubnet("0.0.0.0", 8, "ipv4");
nowhere.addSubnet("224.0.0.0", 3, "ipv4");
nowhere.addSubnet("ff00::", 8, "ipv6");
// Mapped and translated forms would carry an inner address past the lists above.
nowhere.addSubnet("::", 64, "ipv6");
nowhere.addSubnet("64:ff9b::", 96, "ipv6");

/** One address that this node can dial: ip or name, tcp, and the peer id where it is named. */
export interface DialAddress {
  readonly multiaddr: Multiaddr;
  readonly host: string;
  readonly scope: AddressScope;
  /** Peer id text after /p2p/. */
  readonly peer: string | undefined;
  /** Without /p2p/. */
  readonly bare: string;
}

function scopeOfIp(ip: string): AddressScope {
  const family = isIPv6(ip) ? "ipv6" : "ipv4";
  if (loopback.check(ip, family)) return "loopback";
  if (nowhere.check(ip, family)) return "none";
  return inside.check(ip, family) ? "private" : "public";
}

const NAMES = new Set(["dns", "dns4", "dns6"]);

/** Reads `/ip4|ip6|dns.../tcp/port[/p2p/id]`; undefined for anything else. */
export function parseAddress(text: string): DialAddress | undefined {
  if (text.length > HELLO_LIMITS.addressBytes) return undefined;
  try {
    const parsed = multiaddr(text);
    const [host, port, id, ...rest] = parsed.getComponents();
    if (host?.value === undefined || port?.name !== "tcp" || rest.length > 0) return undefined;
    if (id !== undefined && id.name !== "p2p") return undefined;
    const isIp = host.name === "ip4" || host.name === "ip6";
    if (!isIp && !NAMES.has(host.name)) return undefined;
    const scope = isIp ? scopeOfIp(host.value) : "name";
    const bare = `/${host.name}/${host.value}/tcp/${port.value ?? ""}`;
    return { multiaddr: parsed, host: host.value, scope, peer: id?.value, bare };
  } catch {
    return undefined;
  }
}

/** `none` for what is no address. */
export function addressScope(text: string): AddressScope {
  return parseAddress(text)?.scope ?? "none";
}

/**
 * Whether an address told by a peer of some scope is worth trying. Loopback stays on loopback, and a public peer can't
 * send this node knocking inside its own network. Names are never taken from peers: they resolve to anything.
 */
export function worthTrying(scope: AddressScope, tellerScope: AddressScope): boolean {
  if (tellerScope === "loopback") return scope === "loopback";
  if (tellerScope === "private") return scope === "private" || scope === "public";
  return scope === "public";
}

/** Addresses a peer claims for itself: those worth trying that name it or nobody, as text with its id. */
export function claimedAddresses(peer: string, claimed: readonly string[], tellerScope: AddressScope): string[] {
  const kept: string[] = [];
  for (const text of claimed) {
    const address = parseAddress(text);
    if (address === undefined || !worthTrying(address.scope, tellerScope)) continue;
    if (address.peer !== undefined && address.peer !== peer) continue;
    kept.push(`${address.bare}/p2p/${peer}`);
  }
  return [...new Set(kept)].slice(0, ADDRESSES_PER_PEER);
}
