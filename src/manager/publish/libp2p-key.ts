import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { NetworkError } from "../../protocol/errors.js";
import { readOrCreateSecret, readPrivateFile } from "../../storage/index.js";

/**
 * The Ed25519 key under which libp2p reaches this node, as protobuf bytes in a 0600 file; made at the first start.
 * `key_exposed`, or `key_unreadable` for a file that is damaged or may not be read.
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

/** Rejects where {@link readOrCreateLibp2pKey} would; false: there is none yet. */
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
    `${path} is damaged: restore it from a backup, or remove it and be reached under a new peer id`,
  );
}

/** Damage is told without the library's words: they know neither the file nor the cure. */
function isEd25519(bytes: Uint8Array): boolean {
  try {
    return privateKeyFromProtobuf(bytes).type === "Ed25519";
  } catch {
    return false;
  }
}
