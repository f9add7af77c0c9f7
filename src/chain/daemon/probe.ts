import { fromHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { badAnswer } from "./daemon-text.js";
import { parseDaemonUrl } from "./daemon-url.js";
import { DAEMON_TIMES } from "./limits.js";
import { DaemonMethods } from "./methods.js";
import { openSession } from "./open.js";

/** What a first start reads from the daemon. */
export interface ProbedDaemon {
  /** Chain id, 0..3. */
  readonly network: number;
  /** 32 bytes. */
  readonly genesis: Uint8Array;
  readonly version: string;
  /** The daemon has AI mining. */
  readonly ai: boolean;
}

/**
 * Connects, asks once and disconnects. Throws NetworkErrors: `bad_parameters` (the URL), `chain_unreachable`,
 * `chain_answer`.
 */
export async function probeDaemon(url: string, signal: AbortSignal): Promise<ProbedDaemon> {
  const ports = { times: DAEMON_TIMES, event: () => undefined, count: () => undefined };
  const session = await openSession(parseDaemonUrl(url), ports, signal);
  try {
    const methods = new DaemonMethods(session);
    const answers = Promise.all([methods.info(signal), methods.blockAt(0, signal), methods.hasAiMining(signal)]);
    const outcome = await Promise.race([answers, session.ended]);
    if (outcome === undefined || outcome instanceof NetworkError) {
      throw outcome ?? new NetworkError("chain_unreachable", "the daemon closed the connection");
    }
    const [info, block, ai] = outcome;
    const genesis = fromHex(block.hash, 32);
    if (genesis === undefined) throw badAnswer("the genesis hash is not 64 hex digits");
    return { network: info.network, genesis, version: info.version, ai };
  } finally {
    session.end();
  }
}
