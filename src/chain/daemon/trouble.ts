import type { NetworkError } from "../../protocol/errors.js";
import type { Trouble } from "../types.js";

/** Maps an error of the connection or of an answer to a trouble. */
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
