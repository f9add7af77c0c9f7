import { z } from "zod";
import type { Kernel } from "../../kernel/index.js";
import type { HostKeys, Signer } from "../../manager/index.js";
import { fromHex, toHex } from "../../protocol/bytes.js";
import { SIGNATURE_BYTES } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import { tag } from "../../protocol/hash.js";
import { packItems } from "../../protocol/table.js";

/** Signatures asked for at once: half of the requests that may be open, so that the chain can be asked beside them. */
const ASKED_MAX = 32;
/** Signatures that wait: all records that may be on their way out, and as many hellos. */
export const SIGNATURES_WAITING_MAX = 512;
/** What a host signs for the self-check: too short to be a hello of anybody. */
const CHECK_BYTES = 32;

const answerShape = z.object({ signature: z.string().regex(new RegExp(`^[0-9a-f]{${SIGNATURE_BYTES * 2}}$`)) });

/** Asks the host; rejects with NetworkErrors. */
export type AskSignature = (params: { readonly key: string; readonly message: string }) => Promise<unknown>;

/** The keys that the host keeps. Their private halves never come here: what is to be signed goes there. */
export class SigningQueue {
  readonly #ask: AskSignature;
  readonly #waiting: (() => void)[] = [];
  #asked = 0;

  constructor(ask: AskSignature) {
    this.#ask = ask;
  }

  get sizes(): { readonly asked: number; readonly waiting: number } {
    return { asked: this.#asked, waiting: this.#waiting.length };
  }

  /** `publicKey` is 64 hex digits. */
  signer(publicKey: string): Signer {
    return {
      publicKey: fromHex(publicKey, 32) ?? new Uint8Array(32),
      sign: (message) => this.#sign(publicKey, message),
    };
  }

  /** NetworkErrors: those of the way to the host, `peer_busy`, and `bad_signature` for an answer that is none. */
  async #sign(key: string, message: Uint8Array): Promise<Uint8Array> {
    await this.#place();
    try {
      const parsed = answerShape.safeParse(await this.#ask({ key, message: toHex(message) }));
      const signature = fromHex(parsed.data?.signature ?? "", SIGNATURE_BYTES);
      if (signature === undefined)
        throw new NetworkError("bad_signature", "the host's signature is not 96 bytes of hex");
      return signature;
    } finally {
      this.#leave();
    }
  }

  async #place(): Promise<void> {
    if (this.#asked < ASKED_MAX) {
      this.#asked++;
      return;
    }
    if (this.#waiting.length >= SIGNATURES_WAITING_MAX) {
      throw new NetworkError("peer_busy", `${SIGNATURES_WAITING_MAX} signatures wait for the host already`);
    }
    // Whoever leaves hands its place on.
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#asked--;
    else next();
  }
}

/** What `init` says of the keys that the host keeps, in hex. */
export interface HostKeyNames {
  readonly node: string | null;
  readonly authors: readonly string[];
  readonly fresh?: readonly string[] | undefined;
}

/**
 * The host's keys as signers, after each has signed once. The kernel verifies whatever they sign: a record is a member here
 * and told to peers unverified. `bad_signature`: the host signs with something else than the key that it named.
 */
export async function openHostKeys(
  queue: SigningQueue,
  names: HostKeyNames,
  kernel: Pick<Kernel, "verifyMessages">,
  randomBytes: (size: number) => Uint8Array,
): Promise<HostKeys> {
  const message = Buffer.concat([tag("hello"), randomBytes(CHECK_BYTES)]);
  const open = async (key: string): Promise<Signer> => {
    const { publicKey, sign } = queue.signer(key);
    const verified = async (message: Uint8Array): Promise<Uint8Array> => {
      const signature = await sign(message);
      const [verdict] = await kernel.verifyMessages(packItems([{ publicKey, message, signature }]));
      if (verdict === 0) return signature;
      throw new NetworkError("bad_signature", `what the host signs is not signed by the key ${key}`);
    };
    await verified(message);
    return { publicKey, sign: verified };
  };
  const fresh = new Set(names.fresh);
  const node = names.node === null ? undefined : await open(names.node);
  const authors: { signer: Signer; fresh: boolean }[] = [];
  for (const key of names.authors) authors.push({ signer: await open(key), fresh: fresh.has(key) });
  return { node, authors };
}
