import { lookup, Resolver } from "node:dns/promises";

/** DNS queries. Tests replace them. Both reject with an error that has a `code`, such as ENOTFOUND. */
export interface NameResolver {
  /** TXT records, each as its strings. */
  txt(name: string, signal: AbortSignal): Promise<readonly (readonly string[])[]>;
  /** IP addresses of a name, of one family or of both (0). */
  addresses(name: string, family: 0 | 4 | 6): Promise<readonly string[]>;
}

/** The limit for one query to one server. The next server is asked after it. */
const QUERY_TIMEOUT_MS = 3000;
/** A lost datagram must not fail a query, so each server is asked twice. */
const QUERY_TRIES = 2;

/** The resolver of this machine. `addresses` also reads /etc/hosts. */
export const systemResolver: NameResolver = {
  async txt(name, signal) {
    signal.throwIfAborted();
    const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
    const cancel = () => resolver.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await resolver.resolveTxt(name);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  },
  async addresses(name, family) {
    return (await lookup(name, { all: true, family })).map(({ address }) => address);
  },
};
