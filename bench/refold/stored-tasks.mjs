// Tasks as a node's disk holds them, with signatures that are not verified: a start trusts what was verified before.
import { toHex } from "../../dist/protocol/bytes.js";
import {
  encodeHead,
  headOf,
  joinEnvelope,
  MessageType,
  recordId,
  SIGNATURE_BYTES,
} from "../../dist/protocol/envelope.js";
import { windowOf } from "../../dist/protocol/membership.js";
import { encodeRecord, hashBytes } from "../../dist/protocol/records.js";
import { DEFAULT_RULES } from "../../dist/protocol/rules.js";
import { recordStrand, taskOf } from "../../dist/protocol/strand.js";

/** Noon of some day. */
export const NOW_SECONDS = 20_500 * 86_400 + 43_200;
export const IDENTITY = {
  network: 3,
  genesis: new Uint8Array(32).fill(9),
  rules: DEFAULT_RULES,
  rulesDigest: new Uint8Array(32),
};

/** Tasks come one after another: over ten hours, then over the same hours again. */
const SPREAD_SECONDS = 20;
const SPREAD = 1800;

function key(kind, index) {
  return `${kind}${index.toString(16)}`.padStart(64, "0");
}

const VOTERS = Array.from({ length: 25 }, (_, at) => key("c", at));

/** Everyone may author, and who may be in a roster. */
export const CHAIN = {
  voters: VOTERS.map((voter, at) => ({ key: voter, weight: 1 + at })),
  facts: {
    registry: { kind: "everyone" },
    registryDigest: "00".repeat(32),
    registryTimeSeconds: 2n ** 64n - 1n,
    rosters: [],
  },
};

const TYPES = {
  task: MessageType.TaskAnnouncement,
  submission: MessageType.SubmissionAnnouncement,
  validation: MessageType.ValidationAnnouncement,
};

function store(blake3, payload, author, number) {
  const { network, genesis, rules } = IDENTITY;
  const timestampSeconds = NOW_SECONDS - SPREAD_SECONDS * (1 + (number % SPREAD));
  const type = TYPES[payload.kind];
  const sender = hashBytes(author);
  const head = encodeHead({ type, network, timestampSeconds, number, sender, payload: encodeRecord(payload) });
  const envelope = joinEnvelope(head, new Uint8Array(SIGNATURE_BYTES));
  const id = toHex(recordId(blake3, genesis, headOf(envelope)));
  const task = taskOf(payload, id, timestampSeconds);
  const strand = recordStrand(task, rules.shards);
  const record = { id, author, timestampSeconds, number, strand, payload };
  const window = windowOf(timestampSeconds, rules);
  const entry = { id, type, author, strand, window, timestampSeconds, number, taskId: task.taskId };
  return { entry, envelope, record, task };
}

/** All records of so many tasks, each with so many submissions of so many validations. */
export function storedTasks(blake3, tasks, submissions, validations) {
  const body = { hash: "ab".repeat(32), length: 64 };
  const stored = [];
  const add = (payload, author, number) => {
    const made = store(blake3, payload, author, number);
    stored.push(made);
    return made;
  };
  for (let at = 0; at < tasks; at++) {
    const terms = { difficulty: 0, verification: 1, requiredReviewers: 2, maxParticipants: 10, qualityThreshold: 50 };
    const deadlineSeconds = NOW_SECONDS + 3600;
    const announcement = { kind: "task", taskType: at % 6, deadlineSeconds, rewardNano: 9n, ...terms, body };
    const { task } = add(announcement, key("a", at % 50), at);
    for (let s = 0; s < submissions; s++) {
      const submission = add({ kind: "submission", task, body, qualityHint: 1 }, key("b", s), at);
      for (let v = 0; v < validations; v++) {
        const subject = { task, submissionId: submission.entry.id };
        const score = 60 + ((at + 3 * v) % 40);
        const voter = VOTERS[(s * validations + v) % VOTERS.length];
        add({ kind: "validation", ...subject, score, validationKind: 1 }, voter, at);
      }
    }
  }
  return stored;
}
