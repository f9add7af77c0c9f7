import type { MessageType } from "./envelope.js";

/** What a signature may be asked for (protocol.md, "Signing"); the store finds number and timestamp. */
export interface SigningIntent {
  /** Hex of the author's public key. */
  readonly author: string;
  readonly type: MessageType;
  /** UTC day of the timestamp. */
  readonly day: number;
  readonly number: number;
  readonly timestampSeconds: number;
  /**
   * What must not be signed twice with different meaning: `task:<id>` for a submission, `submission:<id>` for a
   * validation, absent for a task.
   */
  readonly subject?: string;
  /** The caller's own key for idempotent publishing, and the digest of what it asked for. */
  readonly callerKey?: string;
  readonly callerDigest?: string;
  /** The envelope's head: bytes 0 to 48+n, exactly what will be signed. */
  readonly head: Uint8Array;
  /** Body to store with the record, if it has one. */
  readonly body?: Uint8Array;
}
