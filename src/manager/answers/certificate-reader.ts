import type { SubmissionCertificates } from "../../api/index.js";
import type { Engine } from "../../engine/index.js";
import { certificateIdOf } from "../../protocol/certificate.js";
import { MessageType, payloadOf } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import type { RecordStore } from "../../storage/index.js";
import type { StoreWriter } from "../outbound/index.js";

export interface CertificateParts {
  readonly engine: Pick<Engine, "entry" | "certificates">;
  readonly store: Pick<RecordStore, "records" | "losses">;
  readonly writer: Pick<StoreWriter, "readable" | "failing">;
  readonly blake3: Blake3;
  readonly genesis: Uint8Array;
}

/** The task of a held submission; throws `not_found` for any other id. */
export function taskOfSubmission(engine: Pick<Engine, "entry">, submissionId: string): string {
  const submission = engine.entry(submissionId);
  if (submission?.type === MessageType.SubmissionAnnouncement) return submission.taskId;
  throw new NetworkError("not_found", "the node holds no submission of this id");
}

/**
 * Reads the certificates of a submission, ascending by id. Errors: `not_found` for an unknown submission;
 * `storage_corrupt` if the disk lost one, which the node then asks peers for; `storage_failed` if it is not written
 * yet, because the disk refuses writes. So a list without a certificate means that the submission is not certified.
 */
export async function readCertificates(
  { engine, store, writer, blake3, genesis }: CertificateParts,
  submissionId: string,
): Promise<SubmissionCertificates> {
  const taskId = taskOfSubmission(engine, submissionId);
  const held = engine.certificates(submissionId);
  // A certificate that just came is not on the disk yet. While the disk refuses writes nothing is waited for.
  const before = writer.failing;
  await writer.readable();
  const envelopes = await store.records(held.map(({ id }) => ({ id, taskId })));
  const certificates: SubmissionCertificates["certificates"][number][] = [];
  let lost = 0;
  for (const [at, { id, value }] of held.entries()) {
    const envelope = envelopes[at];
    const payload = envelope === undefined ? undefined : payloadOf(envelope);
    if (payload !== undefined && certificateIdOf(blake3, genesis, payload) === id) {
      certificates.push({ id, value, payload });
      continue;
    }
    // It was pruned during the read.
    if (engine.entry(id) === undefined) continue;
    if (payload === undefined && (before || writer.failing)) {
      throw new NetworkError("storage_failed", "the disk refuses writes, and a certificate is not on it yet");
    }
    store.losses.missing(id, payload === undefined ? "it is missing" : "it is another certificate");
    lost++;
  }
  if (lost > 0) {
    const what = "the disk lost certificates of this submission; the node asks its peers for them";
    throw new NetworkError("storage_corrupt", what);
  }
  return { taskId, contested: new Set(held.map(({ value }) => value)).size > 1, certificates };
}
