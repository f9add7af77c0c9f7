import type { DialReason } from "../../protocol/dial-reasons.js";
import type { DialAddress, DialReport } from "../addresses/index.js";

export interface RedialOptions {
  readonly ownPeer: string;
  /** Dials the addresses, best first; resolves with the peer id that answered. `own_peer_id` is not tried again. */
  readonly dial: (addresses: readonly DialAddress[]) => Promise<string>;
  /** Peers with a connection, ready or not. */
  readonly isConnected: (peer: string) => boolean;
  readonly connectedCount: () => number;
  /** A dial or connection failed; `before` is the reason of the failure before. */
  readonly failed: (report: DialReport, before: DialReason | undefined) => void;
  /** Closes the connection to a peer that is no longer wanted. */
  readonly release: (peer: string) => void;
  readonly nowMs: () => number;
  /** 0 to below 1, for jitter. */
  readonly random: () => number;
}
