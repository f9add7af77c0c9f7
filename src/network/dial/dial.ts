import { NetworkError } from "../../protocol/errors.js";
import type { DialAddress } from "../addresses/index.js";
import { ADDRESS_DIAL_TIMEOUT_MS, DIAL_TIMEOUT_MS } from "../constants.js";
import type { Libp2pNode } from "../libp2p-node.js";
import { deadline } from "../streams/index.js";

/**
 * Dials the addresses of one peer, best first, and resolves with the peer id that answered. An address that leads to
 * this node's own peer id throws the code that `leadsHere` returns for it.
 */
export async function dialAny(
  libp2p: Libp2pNode["libp2p"],
  addresses: readonly DialAddress[],
  stopping: AbortSignal,
  leadsHere: (address: string) => "own_peer_id" | "peer_id_in_use",
): Promise<string> {
  // libp2p dials one address after the other, each with its own limit.
  const limit = deadline(DIAL_TIMEOUT_MS + ADDRESS_DIAL_TIMEOUT_MS * (addresses.length - 1), stopping);
  try {
    const targets = addresses.map((address) => address.multiaddr);
    const connection = await libp2p.dial(targets, { signal: limit.signal });
    return connection.remotePeer.toString();
  } catch (error) {
    if (error instanceof Error && error.message.includes("dial self")) {
      const code = leadsHere(addresses[0]?.bare ?? "");
      throw new NetworkError(code, "an address leads to this node's own peer id", { cause: error });
    }
    throw error;
  } finally {
    limit.clear();
  }
}
