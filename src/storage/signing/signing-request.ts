/** What is asked of a signing store, and what it answers. */
import type { MessageType } from "../../protocol/envelope.js";
import type { NetworkError } from "../../protocol/errors.js";
import type { SigningIntent } from "../../protocol/signing.js";
import type { StoredKey } from "./key-file.js";
import type { SigningEntry } from "./signing-entry.js";
import type { Retention } from "./signing-file.js";
import type { SlotRequest } from "./signing-index.js";

export interface SigningStoreOptions {
  readonly key: StoredKey;
  readonly nowSeconds: number;
  /** The network rule. */
  readonly aheadSeconds: number;
  readonly retention: Retention;
  /**
   * Hears why the log cannot be written, once for each reason, and undefined when it can again. Default: nobody.
   * Between the two the store tries by itself.
   */
  readonly onState?: (refusal: NetworkError | undefined) => void;
}

/** What a record says that only its builder knows. */
export interface BuiltRecord {
  /** Bytes 0 to 48+n of the envelope, with the number and timestamp that the builder was given. */
  readonly head: Uint8Array;
  readonly body?: Uint8Array;
}

export interface ReserveRequest extends Omit<SlotRequest, "type"> {
  /** 0, 1 or 2; others take no number and need no reservation. */
  readonly type: MessageType;
  readonly build: (number: number, timestampSeconds: number) => BuiltRecord;
}

export interface Reservation {
  readonly intent: SigningIntent;
  /** The same was asked for before: sign these bytes again, or answer with the record that they became. */
  readonly existing: boolean;
}

/** A record of this author that is in the set, whoever signed it. */
export interface OwnRecord extends Pick<SigningEntry, "type" | "number" | "timestampSeconds" | "subject"> {
  readonly id: string;
  /** Of its envelope. */
  readonly head: Uint8Array;
}
