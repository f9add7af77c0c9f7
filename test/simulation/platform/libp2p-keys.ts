import {
  generateKeyPairFromSeed,
  privateKeyFromProtobuf as realFromProtobuf,
  publicKeyToProtobuf as realPublicToProtobuf,
  privateKeyToProtobuf as realToProtobuf,
} from "@libp2p/crypto/keys";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import { platform } from "./ambient.js";

/** `@libp2p/crypto/keys`, with keys from the seed. */
export function generateKeyPair(type: "Ed25519"): Promise<Ed25519PrivateKey> {
  return generateKeyPairFromSeed(type, platform().random.bytes(32));
}

export const privateKeyToProtobuf = realToProtobuf;
export const privateKeyFromProtobuf = realFromProtobuf;
export const publicKeyToProtobuf = realPublicToProtobuf;

/** The peer id of a private key in protobuf bytes, as text. */
export function peerIdOf(libp2pKey: Uint8Array): string {
  return realFromProtobuf(libp2pKey).publicKey.toString();
}
