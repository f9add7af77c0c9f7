import { blake3Of } from "../../src/kernel/index.js";
import {
  encodeHead,
  joinEnvelope,
  MessageType,
  signedMessage,
  type UnsignedEnvelope,
} from "../../src/protocol/envelope.js";
import { DEFAULT_RULES, type NetworkIdentity, rulesDigest, standaloneGenesis } from "../../src/protocol/rules.js";
import { scanContext } from "../../src/protocol/table.js";
import { others, reference } from "./backends.js";

const DEVNET = 3;
const blake3 = blake3Of(reference);
const digest = rulesDigest(blake3, DEFAULT_RULES);

export const identity: NetworkIdentity = {
  network: DEVNET,
  genesis: standaloneGenesis(blake3, DEVNET, "compliance", digest),
  rules: DEFAULT_RULES,
  rulesDigest: digest,
};

export const packedContext = scanContext(identity);

/** The fastest kernel signs the inputs; other tests compare the signing of the kernels. */
const signer = others[0] ?? reference;

export interface Author {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

const authors = new Map<number, Author>();

/** The author whose private scalar is `number` (1 to 255). */
export function author(number: number): Author {
  let found = authors.get(number);
  if (found === undefined) {
    const privateKey = new Uint8Array(32);
    privateKey[0] = number;
    found = { privateKey, publicKey: signer.publicKey(privateKey) };
    authors.set(number, found);
  }
  return found;
}

/** A valid envelope of the compliance network. */
export function signedEnvelope(by: Author, fields: Partial<UnsignedEnvelope>): Uint8Array {
  const head = encodeHead({
    type: MessageType.TaskAnnouncement,
    network: DEVNET,
    timestampSeconds: 1_790_000_000,
    number: 0,
    sender: by.publicKey,
    payload: new Uint8Array(),
    ...fields,
  });
  return joinEnvelope(head, signer.sign(by.privateKey, signedMessage(identity.genesis, head)));
}
