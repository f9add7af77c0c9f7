import { type Multiaddr, multiaddr as parse } from "@multiformats/multiaddr";

export * from "@multiformats/multiaddr";

/** Addresses that are remembered. */
const ADDRESSES_MAX = 50_000;
const known = new Map<string, Multiaddr>();

/** As in the library, whose addresses never change; each text is parsed once. */
export function multiaddr(text: string): Multiaddr {
  let address = known.get(text);
  if (address === undefined) {
    address = parse(text);
    if (known.size < ADDRESSES_MAX) known.set(text, address);
  }
  return address;
}
