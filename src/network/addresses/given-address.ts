import { isIP } from "node:net";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { HELLO_LIMITS } from "../../protocol/hello.js";
import { addressScope, isPeerId } from "./address-scope.js";

/** The use of an address in the configuration. */
export type AddressUse = "dial" | "listen" | "announce";

const NAMES: ReadonlySet<string> = new Set(["dns", "dns4", "dns6"]);
/** A DNS name: labels of letters, digits, hyphens and underscores; 253 characters at most. */
const NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$/;

const EXAMPLES: Readonly<Record<AddressUse, string>> = {
  dial: "/ip4/192.0.2.7/tcp/2135/p2p/12D3Koo..., /dns/node.example/tcp/2135 or /dnsaddr/seed.example",
  listen: "/ip4/0.0.0.0/tcp/2135 or /ip6/::/tcp/2135",
  announce: "/ip4/192.0.2.7/tcp/2135 or /dns4/node.example/tcp/2135",
};

function parse(text: string): Multiaddr | undefined {
  try {
    return multiaddr(text);
  } catch {
    return undefined;
  }
}

type Component = ReturnType<Multiaddr["getComponents"]>[number];

function hostProblem({ name, value = "" }: Component, use: AddressUse): string | undefined {
  if (name === "ip4" || name === "ip6") {
    if (isIP(value) !== (name === "ip4" ? 4 : 6)) return `${value} is no address of the kind ${name}`;
    if (use === "listen" || addressScope(`/${name}/${value}/tcp/1`) !== "none") return undefined;
    return `${value} is not the address of one machine`;
  }
  if (!NAMES.has(name)) return `it begins with /${name}: the first part is ip4, ip6, dns, dns4 or dns6`;
  if (use === "listen") return "a node listens on an IP address, not on a name";
  return NAME.test(value) ? undefined : "the name is not a DNS name";
}

function portProblem(port: Component | undefined, use: AddressUse): string | undefined {
  if (port === undefined) return "it has no port: /tcp/<port> follows the host";
  if (port.name !== "tcp") return `the transport ${port.name} is not supported, only tcp`;
  if (use !== "listen" && port.value === "0") return "port 0 cannot be dialled";
  return undefined;
}

function tailProblem(tail: readonly Component[], use: AddressUse): string | undefined {
  const [first, second] = tail;
  if (first === undefined) return undefined;
  if (first.name !== "p2p") return `/${first.name} after the port is not supported, only plain tcp`;
  if (!isPeerId(first.value ?? "")) return `the peer id is not one of an Ed25519 key (12D3KooW...)`;
  if (second !== undefined) return `/${second.name} after the peer id is not supported (no relays)`;
  return use === "listen" ? "an address to listen on has no peer id" : undefined;
}

/**
 * Why an address from the configuration cannot be used, as text for a person; undefined where it can. It reads the text
 * only: nothing is resolved or dialled.
 */
export function addressProblem(text: string, use: AddressUse): string | undefined {
  const found = problemOf(text, use);
  return found === undefined ? undefined : `${found}; an address looks like ${EXAMPLES[use]}`;
}

function problemOf(text: string, use: AddressUse): string | undefined {
  if (text.length > HELLO_LIMITS.addressBytes) return `it is longer than ${HELLO_LIMITS.addressBytes} characters`;
  const components = parse(text)?.getComponents();
  if (components === undefined) return "it is not a multiaddr";
  const [host, port, ...tail] = components;
  if (host === undefined) return "it is empty";
  if (use === "dial" && host.name === "dnsaddr") {
    if (!NAME.test(host.value ?? "")) return "the name is not a DNS name";
    if (port !== undefined && port.name !== "p2p") return "only a peer id follows the name of a dnsaddr";
    if (port !== undefined && !isPeerId(port.value ?? ""))
      return "the peer id is not one of an Ed25519 key (12D3KooW...)";
    return tail.length === 0 ? undefined : "only a peer id follows the name of a dnsaddr";
  }
  return hostProblem(host, use) ?? portProblem(port, use) ?? tailProblem(tail, use);
}
