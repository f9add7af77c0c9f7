import { randomBytes } from "node:crypto";
import type { Kernel } from "../../kernel/index.js";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { NETWORKS, type NetworkIdentity, type NetworkName } from "../../protocol/rules.js";
import { createKey, importDay, type KeyKind, listKeys, readKey, type StoredKey } from "../../storage/index.js";

/** Order of the group, L = 2^252 + 27742317777372353535851937790883648493 (RFC 9496). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
/** Name of the node key. */
const NODE_KEY_NAME = "node";
/** Name of the author key that a new node makes. */
const DEFAULT_AUTHOR = "default";
/** Name of a host's author key: this prefix and the first digits of the key, at most 32 characters. */
const HOST_KEY_PREFIX = "host-";
const HOST_KEY_NAME_DIGITS = 24;

/** A key that can sign. The host of this program may keep the private half. */
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
function randomPrivateKey(): Uint8Array {
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

/** Makes a key, and for an author its signing log in the same step. */
export async function makeKey(
  keysPath: string,
  name: string,
  kind: KeyKind,
  kernel: Pick<Kernel, "publicKey">,
  network: number,
  nowSeconds: number,
): Promise<StoredKey> {
  if (kind === "author" && name === NODE_KEY_NAME) {
    throw new NetworkError("bad_parameters", `${NODE_KEY_NAME} is the name of the node's own key: choose another`);
  }
  const privateKey = randomPrivateKey();
  const publicKey = kernel.publicKey(privateKey);
  const createdSeconds = Math.max(nowSeconds, (await newestCreation(keysPath)) + 1);
  const about = { kind, network: networkName(network), privateKey, publicKey };
  return createKey(keysPath, name, { ...about, nowSeconds: createdSeconds, firstDay: 0 });
}

/** Keys made within one second keep their order: the oldest one signs where no key is named. */
async function newestCreation(keysPath: string): Promise<number> {
  const created: number[] = [];
  for (const name of await listKeys(keysPath)) created.push((await readKey(keysPath, name)).createdSeconds);
  return Math.max(-1, ...created);
}

/** The key that signs where no key is named: the oldest author key of which the node has the private half. */
export function defaultAuthor(keys: readonly StoredKey[]): StoredKey | undefined {
  return keys.filter((key) => key.kind === "author" && key.privateKey !== undefined).sort(byAge)[0];
}

function byAge(a: StoredKey, b: StoredKey): number {
  return a.createdSeconds - b.createdSeconds || (a.name < b.name ? -1 : 1);
}

function networkName(network: number): NetworkName {
  const name = NETWORKS[network];
  if (name === undefined) throw new NetworkError("bad_parameters", "the chain id is 0 to 3");
  return name;
}

/** A key in this node's own directory, with its private half. */
type OwnKey = StoredKey & { readonly privateKey: Uint8Array };

function isOwn(key: StoredKey): key is OwnKey {
  return key.privateKey !== undefined;
}

function localSigner(kernel: Kernel, key: OwnKey): Signer {
  return { publicKey: key.publicKey, sign: async (message) => kernel.sign(key.privateKey, message) };
}

/** Where the private half of a key is: at the program that hosts this node, or at the node. */
export type KeptBy = "host" | "node";

/** The keys of one node: the node key, and authors by name and by hex. */
export interface Keyring {
  readonly node: Signer;
  readonly nodeKey: string;
  readonly nodeKeptBy: KeptBy;
  /** Keys of the host first, then by age. The first one signs if a caller names none. */
  readonly authors: readonly Author[];
}

/** Keys of the program that hosts this one; it signs with them on request. */
export interface HostKeys {
  /** Undefined: the node key is in this node's directory. */
  readonly node: Signer | undefined;
  /** The first one signs if a caller names none. Empty: the author keys are in this node's directory. */
  readonly authors: readonly { readonly signer: Signer; readonly fresh: boolean }[];
}

const NO_HOST_KEYS: HostKeys = { node: undefined, authors: [] };

/** Throws for damaged keys and keys of another network: a node must not run under a wrong identity. */
function checkKey(key: StoredKey, kernel: Pick<Kernel, "publicKey">, network: number): void {
  if (key.network !== NETWORKS[network]) {
    throw new NetworkError(
      "key_unreadable",
      `the key ${key.name} belongs to ${key.network}: move ${key.directory} away`,
    );
  }
  if (isOwn(key) && toHex(kernel.publicKey(key.privateKey)) !== toHex(key.publicKey)) {
    throw new NetworkError(
      "key_unreadable",
      `the key ${key.name} does not fit its own public key: restore ${key.directory} from a backup`,
    );
  }
}

/** All keys under `keysPath`, ascending by name. Throws for a key that a node must not start with. */
export async function readKeyring(
  keysPath: string,
  kernel: Pick<Kernel, "publicKey">,
  network: number,
): Promise<StoredKey[]> {
  const stored: StoredKey[] = [];
  for (const name of await listKeys(keysPath)) stored.push(await readKey(keysPath, name));
  for (const key of stored) checkKey(key, kernel, network);
  return stored;
}

/**
 * Opens all keys under `keysPath`. Makes a node key and an author key if there is none and the host has none. An author
 * key of the host gets a directory with its signing log and no private half; unless it is fresh, it signs from the next
 * UTC day on. Throws `key_unreadable` or `key_exposed`.
 */
export async function openKeyring(
  keysPath: string,
  kernel: Kernel,
  identity: NetworkIdentity,
  nowSeconds: number,
  host: HostKeys = NO_HOST_KEYS,
): Promise<Keyring> {
  const { network } = identity;
  const stored = await readKeyring(keysPath, kernel, network);
  const hosted: Author[] = [];
  for (const { signer, fresh } of host.authors) {
    const key = toHex(signer.publicKey);
    const known = stored.find(({ kind, publicKey }) => kind === "author" && toHex(publicKey) === key);
    const firstDay = fresh ? 0 : importDay(nowSeconds, identity.rules.aheadSeconds);
    const place = known ?? (await keepHostKey(keysPath, signer.publicKey, network, nowSeconds, firstDay));
    hosted.push({ name: place.name, key, stored: place, signer });
  }

  const make = async (name: string, kind: KeyKind): Promise<OwnKey> => {
    const made = await makeKey(keysPath, name, kind, kernel, network, nowSeconds);
    if (isOwn(made)) return made;
    throw new NetworkError("key_unreadable", `the key ${name} was replaced while it was being made`);
  };
  const own = stored.filter(isOwn).filter(({ publicKey }) => !hosted.some(({ key }) => key === toHex(publicKey)));
  const authors = own.filter((key) => key.kind === "author");
  if (authors.length === 0 && hosted.length === 0) authors.push(await make(DEFAULT_AUTHOR, "author"));
  authors.sort(byAge);
  const node =
    host.node ?? localSigner(kernel, own.find((key) => key.kind === "node") ?? (await make(NODE_KEY_NAME, "node")));
  const local = authors.map((key) => ({
    name: key.name,
    key: toHex(key.publicKey),
    stored: key,
    signer: localSigner(kernel, key),
  }));
  const nodeKeptBy = host.node === undefined ? "node" : "host";
  return { node, nodeKey: toHex(node.publicKey), nodeKeptBy, authors: [...hosted, ...local] };
}

/** Makes the directory of a host's author key; its name comes from the key. */
function keepHostKey(
  keysPath: string,
  publicKey: Uint8Array,
  network: number,
  nowSeconds: number,
  firstDay: number,
): Promise<StoredKey> {
  const name = `${HOST_KEY_PREFIX}${toHex(publicKey).slice(0, HOST_KEY_NAME_DIGITS)}`;
  const key = { kind: "author", privateKey: undefined, publicKey, nowSeconds, firstDay } as const;
  return createKey(keysPath, name, { ...key, network: networkName(network) });
}
