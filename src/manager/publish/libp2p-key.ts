import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { NetworkError } from "../../protocol/errors.js";
import { readOrCreateSecret, readPrivateFile } from "../../storage/index.js";

/**
 * The Ed25519 key of this node's peer id, as protobuf bytes in a file with mode 0600. The first start makes it. Throws
 * `key_exposed`, or `key_unreadable` for a file that is damaged or can't be read.
 */
export async function readOrCreateLibp2pKey(
  path: string,
): Promise<{ readonly libp2pKey: Uint8Array; readonly libp2pKeyIsNew: boolean }> {
  let libp2pKeyIsNew = false;
  const libp2pKey = await readOrCreateSecret(path, async () => {
    libp2pKeyIsNew = true;
    return privateKeyToProtobuf(await generateKeyPair("Ed25519"));
  });
  assertKey(libp2pKey, path);
  return { libp2pKey, libp2pKeyIsNew };
}

/** Throws for the same files as {@link readOrCreateLibp2pKey}; false: there is no file yet. */
export async function inspectLibp2pKey(path: string): Promise<boolean> {
  try {
    assertKey(await readPrivateFile(path), path);
    return true;
  } catch (error) {
    if (error instanceof NetworkError && error.code === "not_found") return false;
    throw error;
  }
}

function assertKey(bytes: Uint8Array, path: string): void {
  if (isEd25519(bytes)) return;
  throw new NetworkError(
    "key_unreadable",
    `${path} is damaged: restore it from a backup, or remove it to get a new peer id`,
  );
}

/** Drops the library's error: it names neither the file nor the cure. */
function isEd25519(bytes: Uint8Array): boolean {
  try {
    return privateKeyFromProtobuf(bytes).type === "Ed25519";
  } catch {
    return false;
  }
}
