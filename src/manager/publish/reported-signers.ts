import type { FaultSink } from "../../api/index.js";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import type { KeptBy, Keyring, Signer } from "./keyring.js";

/** Reports keys whose signer fails, until they sign again: one fault for all of them. */
export class ReportedSigners {
  readonly #faults: FaultSink;
  /** Reasons by key; at most one for each key of the node. */
  readonly #failing = new Map<string, string>();

  constructor(faults: FaultSink) {
    this.#faults = faults;
  }

  /** The same keys with signers that report failures. */
  keyring(keyring: Keyring): Keyring {
    const { node, authors, nodeKeptBy } = keyring;
    return {
      ...keyring,
      node: this.of(node, nodeKeptBy),
      authors: authors.map((author) => ({
        ...author,
        signer: this.of(author.signer, author.stored.privateKey === undefined ? "host" : "node"),
      })),
    };
  }

  /** The same signer; a failure raises a fault until it signs again. */
  of(signer: Signer, keptBy: KeptBy): Signer {
    const key = toHex(signer.publicKey);
    const sign = async (message: Uint8Array): Promise<Uint8Array> => {
      try {
        const signature = await signer.sign(message);
        if (this.#failing.delete(key)) this.#report(keptBy);
        return signature;
      } catch (error) {
        // The node is stopping: this is no failure of the signer.
        if (!(error instanceof NetworkError && error.code === "stopped")) {
          this.#failing.set(key, error instanceof Error ? error.message : String(error));
          this.#report(keptBy);
        }
        throw error;
      }
    };
    return { publicKey: signer.publicKey, sign };
  }

  #report(keptBy: KeptBy): void {
    const [first] = this.#failing;
    if (first === undefined) {
      this.#faults.clear("signing", "signer_away");
      return;
    }
    const [key, reason] = first;
    const more = this.#failing.size === 1 ? "" : ` and ${this.#failing.size - 1} more`;
    const who = keptBy === "host" ? "the program that hosts this node does not sign" : "this node could not sign";
    this.#faults.raise({
      component: "signing",
      code: "signer_away",
      text: `${who} with the key ${key.slice(0, 16)}${more}: ${reason}`,
      ...(keptBy === "host" ? {} : { cure: "restart the node; if it happens again, run npm run kernel:verify" }),
    });
  }
}
