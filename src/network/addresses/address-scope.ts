import { BlockList, isIP, isIPv6 } from "node:net";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { HELLO_LIMITS } from "../../protocol/hello.js";
import { ADDRESSES_PER_PEER } from "../constants.js";

/** From where an address can be dialled. `name` is a DNS name; `none` can't be dialled. */
export type AddressScope = "loopback" | "private" | "public" | "name" | "none";

/** From the widest. */
const REACHES: readonly AddressScope[] = ["public", "private", "loopback"];

type Family = "ipv4" | "ipv6";
type Range = readonly [network: string, prefix: number];

/** One list per family: a list that holds both also tries IPv4 addresses as mapped IPv6 ones. */
function ranges(family: Family, list: readonly Range[]): BlockList {
  const block = new BlockList();
  for (const [network, prefix] of list) block.addSubnet(network, prefix, family);
  return block;
}

const RANGES = {
  ipv4: {
    loopback: ranges("ipv4", [["127.0.0.0", 8]]),
    private: ranges("ipv4", [
      ["10.0.0.0", 8],
      ["100.64.0.0", 10],
      ["169.254.0.0", 16],
      ["172.16.0.0", 12],
      ["192.168.0.0", 16],
    ]),
    none: ranges("ipv4", [
      ["0.0.0.0", 8],
      ["224.0.0.0", 3],
    ]),
  },
  ipv6: {
    loopback: ranges("ipv6", [["::1", 128]]),
    private: ranges("ipv6", [
      ["fc00::", 7],
      ["fe80::", 10],
    ]),
    // Mapped and translated forms would let an inner IPv4 address bypass the lists above.
    none: ranges("ipv6", [
      ["::", 64],
      ["64:ff9b::", 96],
      ["ff00::", 8],
    ]),
  },
} as const;

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
  const { loopback, private: inside, none } = RANGES[family];
  if (loopback.check(ip, family)) return "loopback";
  if (none.check(ip, family)) return "none";
  return inside.check(ip, family) ? "private" : "public";
}

const NAMES = new Set(["dns", "dns4", "dns6"]);

/** The peer id of an Ed25519 key contains the key: identity multihash, protobuf of type 1 and 32 bytes. */
const PEER_ID = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/;

/** Whether the text is the peer id of an Ed25519 key. Every node of this program has one. */
export function isPeerId(text: string): boolean {
  return PEER_ID.test(text);
}

/** Reads `/ip4|ip6|dns.../tcp/port[/p2p/id]`; undefined for anything else. */
export function parseAddress(text: string): DialAddress | undefined {
  if (text.length > HELLO_LIMITS.addressBytes) return undefined;
  try {
    const parsed = multiaddr(text);
    const [host, port, id, ...rest] = parsed.getComponents();
    if (host?.value === undefined || port?.name !== "tcp" || rest.length > 0) return undefined;
    if (id !== undefined && (id.name !== "p2p" || !isPeerId(id.value ?? ""))) return undefined;
    if (port.value === "0") return undefined;
    const isIp = host.name === "ip4" || host.name === "ip6";
    if (!isIp && !NAMES.has(host.name)) return undefined;
    const scope = isIp ? scopeOfIp(host.value) : "name";
    const bare = `/${host.name}/${host.value}/tcp/${port.value ?? ""}`;
    return { multiaddr: parsed, host: host.value, scope, peer: id?.value, bare };
  } catch {
    return undefined;
  }
}

/** The first component of an address: `ip4`, `ip6` or a kind of name. Empty for text that is no address. */
export function addressFamily(text: string): string {
  return text.split("/")[1] ?? "";
}

/** `none` for text that is no address. */
export function addressScope(text: string): AddressScope {
  return parseAddress(text)?.scope ?? "none";
}

/**
 * The scope of an address to listen on. Port 0 (chosen by the system) is allowed. `none` for a text without IP address.
 */
export function listenScope(text: string): AddressScope {
  const [, family, ip = ""] = text.split("/");
  return (family === "ip4" || family === "ip6") && isIP(ip) !== 0 ? scopeOfIp(ip) : "none";
}

/**
 * Whether an address from a peer of this scope may be dialled. Only a loopback peer can name loopback addresses, and a
 * public peer can't make this node dial into its private network. Names are refused, since they resolve to any address.
 */
export function worthTrying(scope: AddressScope, senderScope: AddressScope): boolean {
  if (senderScope === "loopback") return scope === "loopback";
  if (senderScope === "private") return scope === "private" || scope === "public";
  return scope === "public";
}

/**
 * The machines of the chain that this node may dial, as addresses with this port. A node that listens on loopback only
 * dials loopback only, one on a private network dials no loopback, and a public one dials public addresses only.
 */
export function hostAddresses(hosts: readonly string[], port: number, own: readonly string[]): DialAddress[] {
  const listening = own.map(parseAddress).filter((address) => address !== undefined);
  const reach = REACHES.find((scope) => listening.some((address) => address.scope === scope)) ?? "none";
  const mine = new Set(listening.map(({ bare }) => bare));
  return hosts.flatMap((host) => {
    const address = isIP(host) === 0 ? undefined : parseAddress(`/ip${isIP(host)}/${host}/tcp/${port}`);
    return address === undefined || mine.has(address.bare) || !worthTrying(address.scope, reach) ? [] : [address];
  });
}

/**
 * At most `max` of the addresses in their order, with the first of each family among them. Otherwise one family could
 * fill the list, and a node that has only the other family would get no address.
 */
export function eachFamily(addresses: readonly string[], max: number): string[] {
  const firsts = new Map<string, string>();
  for (const text of addresses) if (!firsts.has(addressFamily(text))) firsts.set(addressFamily(text), text);
  const picked = new Set([...firsts.values()].slice(0, max));
  for (const text of addresses) if (picked.size < max) picked.add(text);
  return addresses.filter((text) => picked.delete(text));
}

/**
 * The addresses that a peer claims for itself and that may be dialled, with its id. Those of other peers are dropped.
 */
export function claimedAddresses(peer: string, claimed: readonly string[], senderScope: AddressScope): string[] {
  const kept: string[] = [];
  for (const text of claimed) {
    const address = parseAddress(text);
    if (address === undefined || !worthTrying(address.scope, senderScope)) continue;
    if (address.peer !== undefined && address.peer !== peer) continue;
    kept.push(`${address.bare}/p2p/${peer}`);
  }
  return eachFamily([...new Set(kept)], ADDRESSES_PER_PEER);
}
