import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { publicKeyToProtobuf } from "@libp2p/crypto/keys";
import type { GossipSubComponents } from "@libp2p/gossipsub";
import type { Libp2p } from "@libp2p/interface";
import { NEGOTIATION_TIMEOUT_MS } from "../constants.js";

export const IDENTIFY_PROTOCOL = "/ipfs/id/1.0.0";

/**
 * The fields of the Identify message (libp2p specification) that are sent. The others would reveal facts before hello.
 */
const PUBLIC_KEY = 1;
const PROTOCOL = 3;

/**
 * Answers /ipfs/id/1.0.0 (protocol.md, Identities). Stock libraries learn from it that a peer supports gossip, and some
 * wait for it before they open any stream, so it can't wait for hello. It contains only what any connection reveals:
 * the libp2p key and the protocols, without addresses or agent.
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

/** The message after its length, as the protocol requires. */
function identifyMessage(libp2p: Libp2p): Uint8Array {
  const key = libp2p.peerId.publicKey;
  const message = new BinaryWriter();
  if (key !== undefined) message.tag(PUBLIC_KEY, WireType.LengthDelimited).bytes(publicKeyToProtobuf(key));
  for (const protocol of libp2p.getProtocols()) message.tag(PROTOCOL, WireType.LengthDelimited).string(protocol);
  return new BinaryWriter().bytes(message.finish()).finish();
}
