import type { NetworkError } from "../../protocol/errors.js";
import type { ChainTrouble } from "../types.js";

/** Why a daemon's chain can't be followed, and what that means for a person. */
export interface Trouble {
  readonly reason: ChainTrouble;
  readonly detail: string;
}

/** The trouble that an error of the connection, or of an answer, is. */
export function troubleOf({ code, message: detail }: NetworkError): Trouble {
  switch (code) {
    case "wrong_network":
    case "wrong_genesis":
      return { reason: "wrong_network", detail };
    case "chain_unreachable":
    case "request_timeout":
    case "peer_busy":
      return { reason: "unreachable", detail };
    default:
      return { reason: "bad_answers", detail };
  }
}
