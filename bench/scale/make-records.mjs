// Writes bundles of records to a file: `node bench/scale/make-records.mjs FILE RECORDS [SUBMISSIONS VALIDATIONS]`, the
// last two for each task and submission. A process of its own, so that its memory is not measured. Each bundle is its
// length (u32) and its bytes. Signatures are random bytes: the engine is measured without the kernel, and the caller
// reports every signature as valid.
import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { blake3Of, loadKernel } from "../../dist/kernel/index.js";
import { encodeBundle } from "../../dist/protocol/bundle.js";
import { toHex, u32 } from "../../dist/protocol/bytes.js";
import {
  encodeHead,
  headOf,
  joinEnvelope,
  MessageType,
  recordId,
  SIGNATURE_BYTES,
} from "../../dist/protocol/envelope.js";
import { encodeRecord, hashBytes } from "../../dist/protocol/records.js";
import { taskOf } from "../../dist/protocol/strand.js";
import { BUNDLE_RECORDS, IDENTITY, START_SECONDS, SUBMISSIONS, TASK_TYPE, VALIDATIONS } from "./shape.mjs";

const TYPES = {
  task: MessageType.TaskAnnouncement,
  submission: MessageType.SubmissionAnnouncement,
  validation: MessageType.ValidationAnnouncement,
};
/** Authors of each kind: at one record a second each stays within its quotas of a day. */
const AUTHORS = 1000;

function key(kind, index) {
  return `${kind}${index.toString(16)}`.padStart(64, "0");
}

/** One record a second: an announcement, then each submission with its validations. */
function* records(blake3, count, submissions, validations) {
  // An author validates a submission once.
  const validators = Math.max(AUTHORS, validations);
  const { network, genesis } = IDENTITY;
  let made = 0;
  const make = (payload, author) => {
    const timestampSeconds = START_SECONDS + made++;
    const number = numberOf(author, payload.kind, timestampSeconds);
    const type = TYPES[payload.kind];
    const head = encodeHead({
      type,
      network,
      timestampSeconds,
      number,
      sender: hashBytes(author),
      payload: encodeRecord(payload),
    });
    const envelope = joinEnvelope(head, randomBytes(SIGNATURE_BYTES));
    const id = toHex(recordId(blake3, genesis, headOf(envelope)));
    return { envelope, id, timestampSeconds };
  };
  for (let task = 0; made < count; task++) {
    const terms = { difficulty: 0, verification: 1, requiredReviewers: 2, maxParticipants: 10, qualityThreshold: 50 };
    const body = { hash: key("d", task), length: 64 };
    const deadlineSeconds = START_SECONDS + made + 29 * 86_400;
    const payload = { kind: "task", taskType: TASK_TYPE, deadlineSeconds, rewardNano: 9n, ...terms, body };
    const announcement = make(payload, key("a", task % AUTHORS));
    yield announcement.envelope;
    const ref = taskOf(payload, announcement.id, announcement.timestampSeconds);
    for (let s = 0; s < submissions && made < count; s++) {
      const answer = { hash: key("e", task * submissions + s), length: 64 };
      const submitted = { kind: "submission", task: ref, body: answer, qualityHint: 1 };
      const submission = make(submitted, key("b", (task + s) % AUTHORS));
      yield submission.envelope;
      for (let v = 0; v < validations && made < count; v++) {
        const score = 60 + ((task + 3 * v) % 40);
        const cast = { kind: "validation", task: ref, submissionId: submission.id, score, validationKind: 1 };
        yield make(cast, key("c", (task + s * validations + v) % validators)).envelope;
      }
    }
  }
}

/** The number of the author's next record of this kind and day. */
const numbers = new Map();
let numbersDay = 0;
function numberOf(author, kind, timestampSeconds) {
  const day = Math.floor(timestampSeconds / 86_400);
  if (day !== numbersDay) numbers.clear();
  numbersDay = day;
  const slot = `${kind}:${author}`;
  const number = numbers.get(slot) ?? 0;
  numbers.set(slot, number + 1);
  return number;
}

const [, , file, count, submissions = SUBMISSIONS, validations = VALIDATIONS] = process.argv;
const { kernel } = await loadKernel();
const out = await open(file, "w");
let bundle = [];
const write = async () => {
  const bytes = encodeBundle(bundle);
  await out.write(u32(bytes.length));
  await out.write(bytes);
  bundle = [];
};
for (const envelope of records(blake3Of(kernel), Number(count), Number(submissions), Number(validations))) {
  bundle.push(envelope);
  if (bundle.length === BUNDLE_RECORDS) await write();
}
if (bundle.length > 0) await write();
await out.close();
await kernel.close();
