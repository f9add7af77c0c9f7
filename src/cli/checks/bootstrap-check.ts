import { connect } from "node:net";
import {
  ADDRESS_DIAL_TIMEOUT_MS,
  dialReason,
  NAMES_TIMEOUT_MS,
  parseAddress,
  parseDnsaddr,
  resolveDnsaddr,
  systemResolver,
} from "../../network/index.js";
import { describeDial } from "../../protocol/dial-reasons.js";
import type { Check } from "./doctor-checks.js";

/**
 * Opens a TCP connection and closes it. Rejects with the system's error, or with ETIMEDOUT after
 * ADDRESS_DIAL_TIMEOUT_MS.
 */
function openConnection(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(ADDRESS_DIAL_TIMEOUT_MS, () => {
      socket.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
    });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}

/** Undefined for an address that cannot be dialled: checkStart reports it. */
async function checkOne(given: string): Promise<Check | undefined> {
  const name = `bootstrap ${given}`;
  try {
    const dnsaddr = parseDnsaddr(given);
    if (dnsaddr !== undefined) {
      const found = await resolveDnsaddr(dnsaddr, systemResolver, AbortSignal.timeout(NAMES_TIMEOUT_MS));
      return { name, ok: true, detail: `leads to ${found.length} addresses` };
    }
    const address = parseAddress(given);
    if (address === undefined) return undefined;
    await openConnection(address.host, Number(address.bare.split("/").at(-1)));
    return {
      name,
      ok: true,
      detail: "accepts connections; tos-ai-sync status shows who answers there once the node runs",
    };
  } catch (error) {
    const { text, cure } = describeDial(dialReason(error));
    return { name, ok: true, detail: text, cure };
  }
}

/** Dials each bootstrap address. A node without a reachable one still runs, so no row has `ok: false`. */
export async function checkBootstrap(bootstrap: readonly string[]): Promise<Check[]> {
  return (await Promise.all(bootstrap.map(checkOne))).filter((check) => check !== undefined);
}
