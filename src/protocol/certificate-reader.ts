import { Cursor, MAX_SECONDS, readRef } from "./cursor.js";
import { SIGNATURE_BYTES } from "./envelope.js";
import type { TaskRef } from "./record-payloads.js";

/** Type 8 (protocol.md, Certificate); the list is decoded by `certificate.ts`. */
export interface Certificate {
  readonly kind: "certificate";
  readonly task: TaskRef;
  readonly list: Uint8Array;
  readonly round: number;
  readonly commits: readonly CertificateCommit[];
}

export interface CertificateCommit {
  readonly rosterIndex: number;
  readonly timestampSeconds: number;
  /** s, e, R */
  readonly signature: Uint8Array;
}

/** A roster has at most 256 members (network rule `rosterMax`), so a certificate has at most as many commits. */
export const COMMITS_MAX = 256;
const ROUND_MAX = 65_535;

/**
 * Reads a canonical certificate in one pass, without a second encoding to compare with: 128 commits are most of the
 * cost of a check besides the signatures. `undefined` at the first byte that is not canonical or not in range;
 * `decodeMessage` then finds the reason. List and signatures are views of `bytes`.
 */
export function readCertificate(bytes: Uint8Array): Certificate | undefined {
  const cursor = new Cursor(bytes);
  const task = readRef(cursor, 1);
  const list = cursor.view(2, bytes.length);
  const round = cursor.integer(3, ROUND_MAX);
  if (task === undefined || list === undefined) return undefined;
  const commits: CertificateCommit[] = [];
  for (let last = -1; ; ) {
    const outer = cursor.enter(4);
    if (outer === -1) break;
    const rosterIndex = cursor.integer(1, COMMITS_MAX - 1);
    const timestampSeconds = cursor.integer(2, MAX_SECONDS);
    const signature = cursor.view(3, SIGNATURE_BYTES);
    cursor.leave(outer);
    if (cursor.refused || signature?.length !== SIGNATURE_BYTES || rosterIndex <= last) return undefined;
    last = rosterIndex;
    commits.push({ rosterIndex, timestampSeconds, signature });
  }
  return commits.length > 0 && cursor.complete ? { kind: "certificate", task, list, round, commits } : undefined;
}
