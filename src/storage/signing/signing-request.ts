/** Requests and answers of a signing store. */
import type { MessageType } from "../../protocol/envelope.js";
import type { NetworkError } from "../../protocol/errors.js";
import type { SigningIntent } from "../../protocol/signing.js";
import type { StoredKey } from "./key-file.js";
import type { SigningEntry } from "./signing-entry.js";
import type { Retention } from "./signing-file.js";
import type { NewSlot, SlotRequest } from "./signing-index.js";

export interface SigningStoreOptions {
  readonly key: StoredKey;
  readonly nowSeconds: number;
  /** The network rule. */
  readonly aheadSeconds: number;
  readonly retention: Retention;
  /**
   * Called with the reason while the log cannot be written, once for each reason, and with undefined when it can be
   * written again. The store retries by itself meanwhile.
   */
  readonly onState?: (refusal: NetworkError | undefined) => void;
}

/** The parts of a record that its builder makes. */
export interface BuiltRecord {
  /** Bytes 0 to 48+n of the envelope, with the number and timestamp that the builder got. */
  readonly head: Uint8Array;
  readonly body?: Uint8Array;
}

export interface ReserveRequest extends Omit<SlotRequest, "type"> {
  /** 0, 1 or 2; other types have no number and need no reservation. */
  readonly type: MessageType;
  readonly build: (number: number, timestampSeconds: number) => BuiltRecord;
}

export interface Reservation {
  readonly intent: SigningIntent;
  /** The same request was made before: sign these bytes again, or return the existing record. */
  readonly existing: boolean;
}

/** A record of this author in the set, signed by this node or another. */
export interface OwnRecord extends Pick<SigningEntry, "type" | "number" | "timestampSeconds" | "subject"> {
  readonly id: string;
  /** Head of its envelope. */
  readonly head: Uint8Array;
}

/** The entry of a request on its slot. */
export function entryOf(
  request: Omit<SlotRequest, "quotas">,
  slot: NewSlot,
  { head, body }: BuiltRecord,
): SigningEntry {
  const { type, subject, meaning, callerKey, callerDigest } = request;
  return {
    ...{ type, ...slot, head },
    ...(subject === undefined ? {} : { subject }),
    ...(meaning === undefined ? {} : { meaning }),
    ...(callerKey === undefined ? {} : { callerKey }),
    ...(callerDigest === undefined ? {} : { callerDigest }),
    ...(body === undefined ? {} : { body }),
  };
}
