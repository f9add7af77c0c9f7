import { z } from "zod";
import type { Kernel } from "../../kernel/index.js";
import type { HostKeys, Signer } from "../../manager/index.js";
import { fromHex, toHex } from "../../protocol/bytes.js";
import { SIGNATURE_BYTES } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import { tag } from "../../protocol/hash.js";
import { packItems } from "../../protocol/table.js";

/** Signature requests in flight: half of the open requests, so that the chain can be asked at the same time. */
const ASKED_MAX = 32;
/** Signature requests that wait: the most own records in flight, and as many hellos. */
export const SIGNATURES_WAITING_MAX = 512;
/** The length of the message that a host signs for the self-check: too short for a hello. */
const CHECK_BYTES = 32;

const answerShape = z.object({ signature: z.string().regex(new RegExp(`^[0-9a-f]{${SIGNATURE_BYTES * 2}}$`)) });

/** Sends a signature request to the host; rejects with NetworkErrors. */
export type AskSignature = (params: { readonly key: string; readonly message: string }) => Promise<unknown>;

/** Signature requests to the host, which holds the private keys. */
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

  /**
   * Rejects with the channel's NetworkErrors, `peer_busy`, or `bad_signature` for an answer that is not a signature.
   */
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
      throw new NetworkError("peer_busy", `${SIGNATURES_WAITING_MAX} signatures already wait for the host`);
    }
    // A finished request passes its place to the next.
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#asked--;
    else next();
  }
}

/** The host's public keys from `init`, in hex. */
export interface HostKeyNames {
  readonly node: string | null;
  readonly authors: readonly string[];
  readonly fresh?: readonly string[] | undefined;
}

/**
 * The host's keys as signers. Each signs once as a check. The kernel verifies every signature of the host, because own
 * records are not verified again before they are sent. Throws `bad_signature` if the host signs with another key than
 * it named.
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
      throw new NetworkError("bad_signature", `the host's signature does not verify under the key ${key}`);
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
