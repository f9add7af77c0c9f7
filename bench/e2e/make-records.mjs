// Writes signed records to a file: `node bench/e2e/make-records.mjs FILE RECORDS SUBMISSIONS FIRST`: the submissions of
// each task, and the number of the first author, so that two files have no author in common. Each record is its length
// (u32) and its envelope.
import { open } from "node:fs/promises";
import { blake3Of, loadKernel } from "../../dist/kernel/index.js";
import { toHex, u32 } from "../../dist/protocol/bytes.js";
import { encodeHead, joinEnvelope, MessageType, recordId, signedMessage } from "../../dist/protocol/envelope.js";
import { encodeRecord } from "../../dist/protocol/records.js";
import { taskOf } from "../../dist/protocol/strand.js";
import { identityOf, TASK_TYPE, VALIDATIONS } from "./shape.mjs";

const TYPES = {
  task: MessageType.TaskAnnouncement,
  submission: MessageType.SubmissionAnnouncement,
  validation: MessageType.ValidationAnnouncement,
};
/** Authors of each kind: each stays within its quota for a million records. */
const AUTHORS = 1000;
/** Records of one second. */
const A_SECOND = 5000;
/** The first records are this old, so that none is dated ahead. Gossip takes them for 20 minutes. */
const AGE_SECONDS = 60;
const FLUSH_BYTES = 1 << 20;

const [, , file, count, submissions, first] = process.argv;
const { kernel } = await loadKernel();
const blake3 = blake3Of(kernel);
const identity = await identityOf(blake3);
const startSeconds = Math.floor(Date.now() / 1000) - AGE_SECONDS;

/** The author of this number: the number is its private key. */
const authors = new Map();
function authorOf(kind, index) {
  const number = Number(first) + index + AUTHORS * Object.keys(TYPES).indexOf(kind);
  let author = authors.get(number);
  if (author === undefined) {
    const privateKey = new Uint8Array(32);
    new DataView(privateKey.buffer).setUint32(0, number, true);
    author = { privateKey, publicKey: kernel.publicKey(privateKey), made: 0 };
    authors.set(number, author);
  }
  return author;
}

function* records() {
  let made = 0;
  const make = (payload, author) => {
    const timestampSeconds = startSeconds + Math.floor(made++ / A_SECOND);
    const head = encodeHead({
      type: TYPES[payload.kind],
      network: identity.network,
      timestampSeconds,
      number: author.made++,
      sender: author.publicKey,
      payload: encodeRecord(payload),
    });
    const signature = kernel.sign(author.privateKey, signedMessage(identity.genesis, head));
    const id = toHex(recordId(blake3, identity.genesis, head));
    return { envelope: joinEnvelope(head, signature), id, timestampSeconds };
  };
  const body = (index) => ({ hash: index.toString(16).padStart(64, "d"), length: 64 });
  const terms = { difficulty: 0, verification: 1, requiredReviewers: 2, maxParticipants: 10, qualityThreshold: 50 };
  for (let task = 0; ; task++) {
    const deadlineSeconds = startSeconds + 29 * 86_400;
    const announced = {
      kind: "task",
      taskType: TASK_TYPE,
      deadlineSeconds,
      rewardNano: 9n,
      ...terms,
      body: body(task),
    };
    const announcement = make(announced, authorOf("task", task % AUTHORS));
    yield announcement.envelope;
    const ref = taskOf(announced, announcement.id, announcement.timestampSeconds);
    for (let s = 0; s < Number(submissions); s++) {
      const submitted = { kind: "submission", task: ref, body: body(task * submissions + s), qualityHint: 1 };
      const submission = make(submitted, authorOf("submission", (task + s) % AUTHORS));
      yield submission.envelope;
      for (let v = 0; v < VALIDATIONS; v++) {
        const score = 60 + ((task + 3 * v) % 40);
        const cast = { kind: "validation", task: ref, submissionId: submission.id, score, validationKind: 1 };
        yield make(cast, authorOf("validation", (task + s * VALIDATIONS + v) % AUTHORS)).envelope;
      }
    }
  }
}

const out = await open(file, "w");
let parts = [];
let bytes = 0;
let left = Number(count);
for (const envelope of records()) {
  parts.push(u32(envelope.length), envelope);
  bytes += envelope.length;
  left--;
  if (bytes < FLUSH_BYTES && left > 0) continue;
  await out.writev(parts);
  if (left === 0) break;
  parts = [];
  bytes = 0;
}
await out.close();
await kernel.close();
