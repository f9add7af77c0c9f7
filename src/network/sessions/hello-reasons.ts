import type { ReasonCode } from "../../protocol/errors.js";

/** The text for a person about a refused hello, by reason. */
export function describeRefusal(code: ReasonCode): string {
  switch (code) {
    case "wrong_protocol_version":
      return "has another version of the protocol; update the older node";
    case "wrong_network":
      return "is on another network";
    case "wrong_genesis":
      return "follows another chain (its genesis differs)";
    case "wrong_rules":
      return "has other network rules; compare rules.json of both nodes";
    case "own_peer_id":
      return "is this node itself; remove its address from the bootstrap list";
    case "peer_id_in_use":
      return "has the libp2p key of a node that is connected and answers; one of the two runs with a copied libp2p.key";
    case "bad_signature":
      return "could not prove its node key";
    case "hello_timeout":
      return "did not finish its hello in time; it may not be a node of this network";
    case "peer_busy":
      return "is busy";
    default:
      return "sent a hello that can't be read";
  }
}
