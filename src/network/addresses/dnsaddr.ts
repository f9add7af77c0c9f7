import { multiaddr } from "@multiformats/multiaddr";
import { NetworkError } from "../../protocol/errors.js";
import { DNSADDR_ADDRESSES_MAX, DNSADDR_DEPTH_MAX, DNSADDR_QUERIES_MAX, DNSADDR_RECORDS_MAX } from "../constants.js";
import { type DialAddress, parseAddress } from "./address-scope.js";
import { addressProblem } from "./given-address.js";
import type { NameResolver } from "./name-resolver.js";

const PREFIX = "dnsaddr=";

/** The name of a `/dnsaddr/name[/p2p/id]`, and the only peer it may lead to where it has an id. */
export interface Dnsaddr {
  readonly name: string;
  readonly peer: string | undefined;
}

/** Undefined for a text that is no dnsaddr, or one that this node can't resolve. */
export function parseDnsaddr(text: string): Dnsaddr | undefined {
  if (!text.startsWith("/dnsaddr/") || addressProblem(text, "dial") !== undefined) return undefined;
  const [host, id] = multiaddr(text).getComponents();
  return { name: host?.value ?? "", peer: id?.value };
}

/**
 * The addresses in the TXT records of `_dnsaddr.<name>` and of the dnsaddr names in them: at most
 * DNSADDR_ADDRESSES_MAX, breadth first. Other records and addresses that this program can't dial are skipped. Throws
 * the resolver's error where the first name does not resolve, and `not_found` where no usable address is found.
 */
export async function resolveDnsaddr(
  given: Dnsaddr,
  resolver: NameResolver,
  signal: AbortSignal,
): Promise<DialAddress[]> {
  const found = new Map<string, DialAddress>();
  const asked = new Set<string>();
  let level = [given];
  for (let depth = 0; depth < DNSADDR_DEPTH_MAX && level.length > 0; depth++) {
    const next: Dnsaddr[] = [];
    for (const { name, peer } of level) {
      const key = `${name.toLowerCase()} ${peer ?? ""}`;
      if (asked.has(key) || asked.size >= DNSADDR_QUERIES_MAX) continue;
      asked.add(key);
      for (const text of await dnsaddrRecords(name, depth === 0, resolver, signal)) {
        const nested = parseDnsaddr(text);
        const address = nested === undefined && addressProblem(text, "dial") === undefined && parseAddress(text);
        if (nested !== undefined && allows(peer, nested.peer, true)) {
          next.push({ name: nested.name, peer: nested.peer ?? peer });
        } else if (address && allows(peer, address.peer, false) && found.size < DNSADDR_ADDRESSES_MAX) {
          found.set(text, address);
        }
      }
    }
    level = next;
  }
  if (found.size === 0) throw new NetworkError("not_found", `no usable address in the TXT records of ${given.name}`);
  return [...found.values()];
}

/** Whether a record with the peer `named` is allowed under a name for the peer `wanted`. */
function allows(wanted: string | undefined, named: string | undefined, isName: boolean): boolean {
  return wanted === undefined || named === wanted || (isName && named === undefined);
}

/** A nested name that does not resolve gives no records: other names may give some. */
async function dnsaddrRecords(
  name: string,
  isFirst: boolean,
  resolver: NameResolver,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const records = await resolver.txt(`_dnsaddr.${name}`, signal);
    return records
      .slice(0, DNSADDR_RECORDS_MAX)
      .map((parts) => parts.join("").trim())
      .flatMap((text) => (text.startsWith(PREFIX) ? [text.slice(PREFIX.length)] : []));
  } catch (error) {
    if (isFirst || signal.aborted) throw error;
    return [];
  }
}
