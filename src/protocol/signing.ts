import type { MessageType } from "./envelope.js";

/** A request for a signature (protocol.md, "Signing"). The store chooses number and timestamp. */
export interface SigningIntent {
  /** Hex of the author's public key. */
  readonly author: string;
  readonly type: MessageType;
  /** UTC day of the timestamp. */
  readonly day: number;
  readonly number: number;
  readonly timestampSeconds: number;
  /**
   * The key that must not be signed twice with different content: `task:<id>` for a submission, `submission:<id>` for a
   * validation, absent for a task.
   */
  readonly subject?: string;
  /** The caller's key for idempotent publishing, and the digest of its request. */
  readonly callerKey?: string;
  readonly callerDigest?: string;
  /** The head of the envelope: bytes 0 to 48+n, exactly the bytes to sign. */
  readonly head: Uint8Array;
  /** Body to store with the record, if it has one. */
  readonly body?: Uint8Array;
}
