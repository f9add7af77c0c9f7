import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { NETWORKS } from "../../protocol/rules.js";
import { expandHome, type GlobalOptions } from "../arguments/index.js";
import type { Check } from "./doctor-checks.js";

/** A running daemon answers the three requests in milliseconds. */
const PROBE_TIMEOUT_MS = 5000;
const NAME = "daemon";

function cureOf(error: unknown): string {
  if (!(error instanceof NetworkError)) return "check whether the daemon is stopped or overloaded, or name another URL";
  switch (error.code) {
    case "bad_parameters":
      return "name it as ws://127.0.0.1:8080/json_rpc";
    case "chain_unreachable":
    case "request_timeout":
      return (
        "start the daemon, check that its RPC runs (the daemon continues without it if its port is taken), " +
        "or name another URL"
      );
    default:
      return "name the RPC of a TOS daemon; no TOS daemon, or an unknown version of one, answers there";
  }
}

/**
 * Checks whether a node can run beside the daemon at this URL. The daemon must be reachable, run the named network and
 * the chain of the data directory, and know who may author records.
 */
export async function checkDaemon(url: string, options: GlobalOptions): Promise<Check> {
  const { probeDaemon } = await import("../../chain/index.js");
  const { rememberedChain } = await import("../../plugin/remembered-chain.js");
  const asked = options.networkGiven ? options.network : undefined;
  try {
    const remembered = await rememberedChain(expandHome(options.dirPath), asked);
    const found = await probe(url, probeDaemon, remembered !== undefined);
    if ("name" in found) return found;
    const network = NETWORKS[found.network] ?? "an unknown network";
    const genesis = toHex(found.genesis);
    const mining = found.ai ? "yes" : "no";
    const detail = `${found.version} on ${network}, genesis ${genesis.slice(0, 16)}, AI mining: ${mining}`;
    if (asked !== undefined && asked !== network) {
      return { name: NAME, ok: false, detail, cure: `leave --network out, or name the daemon of ${asked}` };
    }
    if (remembered !== undefined && remembered.network === network && toHex(remembered.genesis) !== genesis) {
      const begins = toHex(remembered.genesis).slice(0, 16);
      const cure = "name the daemon of that chain, or another directory with --dir-path";
      return { name: NAME, ok: false, detail: `${detail}; the data directory serves the chain of ${begins}`, cure };
    }
    if (found.ai || remembered !== undefined || network === "devnet") return { name: NAME, ok: true, detail };
    return {
      name: NAME,
      ok: true,
      detail,
      cure: "start with --registry-file: this chain has no registry of authors",
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name: NAME, ok: false, detail, cure: "restore the data directory, or choose another with --dir-path" };
  }
}

type Probe = typeof import("../../chain/index.js")["probeDaemon"];

/**
 * Asks the daemon. If the node followed its chain before, a failure other than a bad URL is `ok`: the node starts
 * anyway.
 */
async function probe(url: string, ask: Probe, served: boolean): Promise<Awaited<ReturnType<Probe>> | Check> {
  try {
    return await ask(url, AbortSignal.timeout(PROBE_TIMEOUT_MS));
  } catch (error) {
    const why = error instanceof NetworkError ? error.message : "it does not answer in time";
    const gone = error instanceof NetworkError && error.code === "bad_parameters" ? false : served;
    return { name: NAME, ok: gone, detail: `${url} can't be used: ${why}`, cure: cureOf(error) };
  }
}
