import { publicKeyToProtobuf } from "@libp2p/crypto/keys";
import type { GossipSubComponents } from "@libp2p/gossipsub";
import type { Libp2p } from "@libp2p/interface";
import { concatBytes } from "../../protocol/bytes.js";
import { NEGOTIATION_TIMEOUT_MS } from "../constants.js";

export const IDENTIFY_PROTOCOL = "/ipfs/id/1.0.0";

/** Fields of the Identify message (libp2p specification) that are said; the others would tell something before hello. */
const PUBLIC_KEY = 1;
const PROTOCOL = 3;
const LENGTH_DELIMITED = 2;

/**
 * Answers /ipfs/id/1.0.0 (protocol.md, Identities). Stock libraries learn from it that a peer speaks gossip, and some wait
 * for it before they open any stream, the hello included, so it can't wait for hello. It says what whoever connects knows
 * already or finds out by asking for each protocol: the libp2p key and the protocols, without addresses or agent.
 */
export async function answerIdentify(libp2p: Libp2p, registrar: GossipSubComponents["registrar"]): Promise<void> {
  await registrar.handle(
    IDENTIFY_PROTOCOL,
    async (stream) => {
      try {
        stream.send(identifyMessage(libp2p));
        await stream.close({ signal: AbortSignal.timeout(NEGOTIATION_TIMEOUT_MS) });
      } catch (error) {
        stream.abort(error instanceof Error ? error : new Error("identify failed"));
      }
    },
    { maxInboundStreams: 1, maxOutboundStreams: 0 },
  );
}

/** After its own length, as the protocol wants it. */
function identifyMessage(libp2p: Libp2p): Uint8Array {
  const key = libp2p.peerId.publicKey;
  const text = new TextEncoder();
  const message = concatBytes([
    ...(key === undefined ? [] : [field(PUBLIC_KEY, publicKeyToProtobuf(key))]),
    ...libp2p.getProtocols().map((protocol) => field(PROTOCOL, text.encode(protocol))),
  ]);
  return concatBytes([varint(message.length), message]);
}

function field(number: number, bytes: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of((number << 3) | LENGTH_DELIMITED), varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Uint8Array.of(...bytes, left);
}
