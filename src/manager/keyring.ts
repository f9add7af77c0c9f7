import { randomBytes } from "node:crypto";
import type { Kernel } from "../kernel/types.js";
import { toHex } from "../protocol/bytes.js";
import { NetworkError } from "../protocol/errors.js";
import { NETWORKS, type NetworkIdentity } from "../protocol/rules.js";
import { createKey, type KeyKind, listKeys, readKey, type StoredKey } from "../storage/key-file.js";

/** Order of the group, L = 2^252 + 27742317777372353535851937790883648493 (RFC 9496). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
/** Name of the key that says who the node is. */
const NODE_KEY_NAME = "node";
/** Name of the author key that a new node makes for itself. */
const DEFAULT_AUTHOR = "default";

/** A key that can sign; the private half may live elsewhere (in a host that embeds this program). */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** s, e, R: 96 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** An author key of this node, by name. */
export interface Author {
  readonly name: string;
  readonly key: string;
  readonly stored: StoredKey;
  readonly signer: Signer;
}

/** A uniformly random, canonical, non-zero private scalar, little-endian: 512 random bits mod L. */
export function randomPrivateKey(): Uint8Array {
  for (;;) {
    let value = BigInt(`0x${randomBytes(64).toString("hex")}`) % ORDER;
    if (value === 0n) continue;
    const out = new Uint8Array(32);
    for (let i = 0; i < 32; i++) {
      out[i] = Number(value & 0xffn);
      value >>= 8n;
    }
    return out;
  }
}

/** Makes a key and, for an author, its signing log in the same step. */
export function makeKey(
  keysPath: string,
  name: string,
  kind: KeyKind,
  kernel: Pick<Kernel, "publicKey">,
  network: number,
  nowSeconds: number,
): Promise<StoredKey> {
  const privateKey = randomPrivateKey();
  const networkName = NETWORKS[network];
  if (networkName === undefined) throw new NetworkError("bad_parameters", "the chain id is 0 to 3");
  const publicKey = kernel.publicKey(privateKey);
  return createKey(keysPath, name, { kind, network: networkName, privateKey, publicKey, nowSeconds, firstDay: 0 });
}

/** Signs with a key that lies in this node's own directory. */
function localSigner(kernel: Kernel, key: StoredKey): Signer {
  return { publicKey: key.publicKey, sign: async (message) => kernel.sign(key.privateKey, message) };
}

/** The keys of one node: the node key, and authors by name and by hex. */
export interface Keyring {
  readonly node: Signer;
  readonly nodeKey: string;
  /** The oldest first: it signs where a caller names none. */
  readonly authors: readonly Author[];
}

/**
 * Opens every key under `keysPath`, making the node key and a first author key where there is none.
 * `key_unreadable`, `key_exposed` and keys of another network stop the start: a node must not run as somebody else.
 */
export async function openKeyring(
  keysPath: string,
  kernel: Kernel,
  identity: NetworkIdentity,
  nowSeconds: number,
): Promise<Keyring> {
  const make = (name: string, kind: KeyKind): Promise<StoredKey> =>
    makeKey(keysPath, name, kind, kernel, identity.network, nowSeconds);
  const names = await listKeys(keysPath);
  const stored: StoredKey[] = [];
  for (const name of names) stored.push(await readKey(keysPath, name));
  if (!stored.some((key) => key.kind === "node")) stored.push(await make(NODE_KEY_NAME, "node"));
  if (!stored.some((key) => key.kind === "author")) stored.push(await make(DEFAULT_AUTHOR, "author"));
  for (const key of stored) {
    if (key.network !== NETWORKS[identity.network]) {
      throw new NetworkError(
        "key_unreadable",
        `the key ${key.name} belongs to ${key.network}: move ${key.directory} away`,
      );
    }
    if (toHex(kernel.publicKey(key.privateKey)) !== toHex(key.publicKey)) {
      throw new NetworkError(
        "key_unreadable",
        `the key ${key.name} does not fit its own public key: restore ${key.directory}`,
      );
    }
  }
  const node = stored.find((key) => key.kind === "node") as StoredKey;
  const authors = stored
    .filter((key) => key.kind === "author")
    .sort((a, b) => a.createdSeconds - b.createdSeconds || (a.name < b.name ? -1 : 1))
    .map((key) => ({ name: key.name, key: toHex(key.publicKey), stored: key, signer: localSigner(kernel, key) }));
  return { node: localSigner(kernel, node), nodeKey: toHex(node.publicKey), authors };
}
