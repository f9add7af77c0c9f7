import { generateKeyPair, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { readOrCreateSecret } from "../storage/private-file.js";

/** The Ed25519 key under which libp2p reaches this node, as protobuf bytes in a 0600 file; made at the first start. */
export function readOrCreateLibp2pKey(path: string): Promise<Uint8Array> {
  return readOrCreateSecret(path, async () => privateKeyToProtobuf(await generateKeyPair("Ed25519")));
}
