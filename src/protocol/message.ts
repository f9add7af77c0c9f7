import { MessageType } from "./envelope.js";
import type { Result } from "./errors.js";
import { decodeSubmission, decodeTask, decodeValidation, type RecordPayload } from "./records.js";
import {
  decodePeerScoreUpdate,
  decodeSyncRequest,
  decodeSyncResponse,
  type PeerScoreUpdate,
  type SyncRequest,
  type SyncResponse,
} from "./sync-messages.js";
import {
  type Certificate,
  type ConsensusVote,
  decodeAlert,
  decodeCertificate,
  decodeVote,
  type FraudAlert,
} from "./verdict-messages.js";

/** Any decoded payload. */
export type Payload =
  | RecordPayload
  | SyncRequest
  | SyncResponse
  | PeerScoreUpdate
  | ConsensusVote
  | FraudAlert
  | Certificate;

/** Types 0, 1 and 2. A sync request for a task has the kind `task`, too; only it carries a request id. */
export function isRecordPayload(payload: Payload): payload is RecordPayload {
  if ("requestId" in payload) return false;
  const { kind } = payload;
  return kind === "task" || kind === "cancel" || kind === "submission" || kind === "validation";
}

/** Strict decoding by type (protocol.md, Payloads). */
export function decodePayload(type: MessageType, bytes: Uint8Array): Result<Payload> {
  switch (type) {
    case MessageType.TaskAnnouncement:
      return decodeTask(bytes);
    case MessageType.SubmissionAnnouncement:
      return decodeSubmission(bytes);
    case MessageType.ValidationAnnouncement:
      return decodeValidation(bytes);
    case MessageType.SyncRequest:
      return decodeSyncRequest(bytes);
    case MessageType.SyncResponse:
      return decodeSyncResponse(bytes);
    case MessageType.PeerScoreUpdate:
      return decodePeerScoreUpdate(bytes);
    case MessageType.ConsensusVote:
      return decodeVote(bytes);
    case MessageType.FraudAlert:
      return decodeAlert(bytes);
    case MessageType.Certificate:
      return decodeCertificate(bytes);
  }
}
